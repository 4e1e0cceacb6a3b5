/** Dark or light: the system's choice until the reader makes one, which this browser then remembers. */
const KEY = "stt-theme";

/** Use the remembered choice, and let the button change it; `onChange` is called when another theme is used. */
export function startTheme(button, onChange) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const chosen = localStorage.getItem(KEY);
    const isDark = chosen ? chosen === "dark" : system.matches;
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
    button.setAttribute("aria-pressed", String(isDark));
    button.title = isDark ? "Use the light theme" : "Use the dark theme";
    onChange();
  };
  button.addEventListener("click", () => {
    localStorage.setItem(KEY, document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    show();
  });
  system.addEventListener("change", show);
  show();
}
