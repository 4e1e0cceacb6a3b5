/** Asks questions, and opens the drawers of narrow screens, one at a time and with the focus in them. */
import { byId } from "./elements.js";

/** Ask for a yes; resolves to whether it was given. */
export async function confirmed({ title, text, confirm, isDangerous = false }) {
  return (await ask({ title, text, confirm, isDangerous, label: null })) !== null;
}

/**
 * Ask for a line of text; resolves to it, or null when the reader cancels.
 * @param {{submit: (text: string) => Promise<void>}} question what is done with it before the dialog closes; what it
 *   throws is shown in the dialog, which stays for another try.
 */
export function askForText({ title, text, confirm, label, initial = "", submit }) {
  return ask({ title, text, confirm, label, initial, submit });
}

function ask({ title, text, confirm, label, initial = "", isDangerous = false, submit = async () => {} }) {
  const dialog = byId("question");
  const input = byId("question-input");
  byId("question-title").textContent = title;
  byId("question-text").textContent = text;
  byId("question-field").hidden = label === null;
  byId("question-label").textContent = label ?? "";
  input.required = label !== null;
  input.value = initial;
  const button = byId("question-confirm");
  button.textContent = confirm;
  button.classList.toggle("is-dangerous", isDangerous);
  const showError = (sentence) => {
    byId("question-error").hidden = sentence === null;
    byId("question-error").textContent = sentence ?? "";
  };
  showError(null);
  dialog.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    submit(input.value.trim()).then(() => dialog.close("confirm"), (error) => showError(error.message));
  };
  byId("question-cancel").onclick = () => dialog.close("cancel");
  dialog.returnValue = "";
  dialog.showModal();
  (label === null ? byId("question-cancel") : input).focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "confirm" ? input.value.trim() : null), { once: true });
  });
}

/** Ask for the token; signing in loads the page anew. */
export function showLogin() {
  const dialog = byId("login");
  if (!dialog.open) dialog.showModal();
}

/** Let the buttons open the drawers, and Escape, the backdrop and the cross close them. */
export function startDrawers() {
  const narrow = matchMedia("(max-width: 1099px)");
  const drawers = ["sessions", "settings"].map((id) => ({ panel: byId(id), opener: byId(`open-${id}`) }));
  const show = (opened) => {
    for (const { panel, opener } of drawers) {
      const isOpen = panel === opened;
      panel.classList.toggle("is-open", isOpen);
      panel.inert = narrow.matches && !isOpen;
      opener.setAttribute("aria-expanded", String(isOpen));
    }
    byId("backdrop").hidden = opened === null;
  };
  const close = () => {
    const open = drawers.find(({ panel }) => panel.classList.contains("is-open"));
    show(null);
    open?.opener.focus();
  };
  for (const { panel, opener } of drawers) {
    opener.addEventListener("click", () => {
      show(panel);
      panel.querySelector(".drawer-close").focus();
    });
    panel.querySelector(".drawer-close").addEventListener("click", close);
    panel.addEventListener("keydown", (event) => event.key === "Escape" && narrow.matches && close());
  }
  byId("backdrop").addEventListener("click", close);
  narrow.addEventListener("change", () => show(null));
  show(null);
  return { close: () => !byId("backdrop").hidden && close(), open: show };
}

/** Let a button open its menu; Escape, a choice, and a click elsewhere close it. */
export function startMenu(menu) {
  const [button, list] = [menu.querySelector("button"), menu.querySelector("ul")];
  const show = (isOpen) => {
    list.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) list.querySelector("a").focus();
  };
  button.addEventListener("click", () => show(list.hidden));
  list.addEventListener("click", () => show(false));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || list.hidden) return;
    show(false);
    button.focus();
  });
  document.addEventListener("click", (event) => !menu.contains(event.target) && !list.hidden && show(false));
}
