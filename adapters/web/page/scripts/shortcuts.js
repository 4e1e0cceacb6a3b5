/** Keys that work wherever nothing is being typed. */

/**
 * Listen for keys.
 * @param {Record<string, () => void>} actions by the key, as `KeyboardEvent.key` has it in lower case.
 * @param {{press: () => void, release: () => void}} space what the space bar does when it goes down and comes up.
 */
export function startShortcuts(actions, space) {
  let isSpaceDown = false;
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target) || isAsking()) return;
    if (event.key === " ") {
      if (isPressable(event.target)) return;
      event.preventDefault();
      isSpaceDown = true;
      space.press();
      return;
    }
    const action = actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
  const release = () => {
    if (!isSpaceDown) return;
    isSpaceDown = false;
    space.release();
  };
  addEventListener("keyup", (event) => event.key === " " && release());
  addEventListener("blur", release);
}

function isTyping(target) {
  return target.matches?.("input:not([type=checkbox]):not([type=radio]):not([type=range]), select, textarea, [contenteditable]");
}

/** The space bar presses what has the focus; where that can be pressed it is no shortcut. */
function isPressable(target) {
  return target.matches?.("button, a, summary, input, select, [role=button]");
}

function isAsking() {
  return document.querySelector("dialog[open]") !== null;
}
