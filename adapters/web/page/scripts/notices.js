/** Tells of problems: a notice that says what to do next, a short toast, and the log of the last ten. */
import { byId, element, icon } from "./elements.js";
import { wordsForCode } from "./words.js";

const LOG_LENGTH = 10;

/**
 * Show a problem until it is dismissed or `dismissNotice` is called; one of a code replaces the one before.
 * @param {{label: string, act: () => void}[]} actions buttons under the message.
 */
export function showNotice(code, message, { kind = "problem", actions = [] } = {}) {
  const { title, advice } = wordsForCode(code);
  const close = element("button", { type: "button", className: "icon-button", ariaLabel: "Dismiss" }, icon("cross"));
  const buttons = actions.map(({ label, act }) => {
    const button = element("button", { type: "button", className: "text-button" }, label);
    button.addEventListener("click", act);
    return button;
  });
  const body = element(
    "div",
    {},
    element("h3", {}, title),
    element("p", {}, message, " ", element("code", {}, code)),
    element("p", {}, advice),
    buttons.length ? element("div", { className: "notice-buttons" }, ...buttons) : null,
  );
  const notice = element("div", { className: "notice", role: "alert" }, icon("alert"), body, close);
  Object.assign(notice.dataset, { kind, code });
  close.addEventListener("click", () => notice.remove());
  dismissNotice(code);
  byId("notices").append(notice);
}

/** Take the problem of this code away; all of them without a code. */
export function dismissNotice(code = null) {
  for (const notice of [...byId("notices").children]) {
    if (code === null || notice.dataset.code === code) notice.remove();
  }
}

/** Say something for two seconds that needs no answer. */
export function showToast(text) {
  const toast = element("p", { className: "toast" }, text);
  byId("toasts").replaceChildren(toast);
  setTimeout(() => toast.remove(), 2000);
}

/** Put an entry on top of the system log; `kind` is `problem` or `news`. */
export function logEntry(text, { kind = "news", at = Date.now() / 1000 } = {}) {
  const time = new Date(at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const entry = element("li", {}, element("time", {}, time), element("span", {}, text));
  entry.dataset.kind = kind;
  const log = byId("system-log");
  log.prepend(entry);
  while (log.children.length > LOG_LENGTH) log.lastElementChild.remove();
}

/** Log a problem with its code, in words; its sentence only where it stands nowhere else. */
export function logProblem(code, message, at) {
  const sentence = message ? `: ${message}` : "";
  logEntry(`${wordsForCode(code).title}${sentence} [${code}]`, { kind: "problem", at });
}
