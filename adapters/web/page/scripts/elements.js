/** Makes and finds elements of the page; text is always set as text, never as markup. */

/** The element of the page with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * A new element. `properties` are set as properties where the element has them, and as attributes where not;
 * null and undefined ones are left out.
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (name in made && name !== "list") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** One of the drawings in `icons.svg`; a screen reader passes over it. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `/page/icons.svg#${name}`);
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  drawing.append(use);
  return drawing;
}

/** Change which drawing a button shows; the browser asks for a drawing again whenever it is set. */
export function showIcon(button, name) {
  const [use, wanted] = [button.querySelector("use"), `/page/icons.svg#${name}`];
  if (use.getAttribute("href") !== wanted) use.setAttribute("href", wanted);
}
