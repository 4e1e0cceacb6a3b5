/** Sets the page up: gives every part what it needs, and lets keys and buttons reach them. */
import { CaptionPage } from "./caption_page.js";
import { startDrawers, startMenu } from "./dialogs.js";
import { byId } from "./elements.js";
import { startShortcuts } from "./shortcuts.js";
import { startTheme } from "./theme.js";
import { machineName } from "./words.js";

const page = new CaptionPage();
const drawers = startDrawers();

byId("machine").textContent = machineName();
startTheme(byId("theme"), () => page.dock.meters.draw());
startMenu(byId("downloads"));
byId("open-help").addEventListener("click", () => byId("help").showModal());
byId("session-list").addEventListener("click", (event) => event.target.closest(".session-open") && drawers.close());
startShortcuts(
  {
    r: () => page.toggle(),
    p: () => page.togglePause(),
    c: () => page.document.copy(),
    "/": () => focusSearch(),
    "?": () => byId("help").showModal(),
  },
  { press: () => page.talk.press(), release: () => page.release() },
);

/** The search of what is in sight: the transcript if there is one, else the sessions. */
function focusSearch() {
  if (!byId("document").hidden) return byId("search-transcript").focus();
  if (byId("sessions").inert) drawers.open(byId("sessions"));
  byId("search-sessions").focus();
}

page.load();
