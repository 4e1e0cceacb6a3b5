"""What is asked of the page by running in it: expressions of JavaScript, each of which says what it finds."""

from typing import Final

__all__ = ["CAPTIONED", "DROP", "HALF_CERTAIN", "NAMELESS", "PALE", "SMALL_TARGETS"]

CAPTIONED: Final = r"""
caption.children.length >= 2 && /\w/.test(caption.innerText) &&
  [caption, caption.querySelector(".unstable")].map((element) => element && getComputedStyle(element).color)
"""
"""The colours of a sentence that is half said and of the part that may still change, while one is shown."""

HALF_CERTAIN: Final = r"""
/\w+ \w+/.test(caption.children[0]?.innerText) && /\w/.test(caption.children[1]?.innerText)
"""
"""Whether the first words of what is shown are certain and the last are not: the best moment for a picture."""

NAMELESS: Final = """
[...document.querySelectorAll("button, a, input, select, textarea, summary")]
  .concat([...document.querySelectorAll("[role=meter], nav, aside, section, dialog")])
  .filter((element) => element.checkVisibility() || element.matches("dialog"))
  .filter((element) => {
    const named = element.getAttribute("aria-label") || element.getAttribute("aria-labelledby");
    const own = element.matches("button, a, summary") ? element.textContent : "";
    return !(named || (element.labels?.[0]?.textContent || own).trim());
  })
  .map((element) => element.outerHTML.slice(0, 80))
"""
"""The controls and landmarks of which a screen reader could say nothing."""

PALE: Final = """
(() => {
  const numbers = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = (colour) => {
    const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = colour.map((part) => linear(part / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, alpha = 1] = numbers(getComputedStyle(at).backgroundColor);
      if (alpha > 0.99) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const texts = [...document.querySelectorAll("body *")].filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()) &&
    element.checkVisibility({ opacityProperty: true }) &&
    !element.closest(":disabled, .visually-hidden, option, script"));
  return texts.flatMap((element) => {
    const style = getComputedStyle(element);
    const [a, b] = [light(numbers(style.color).slice(0, 3)), light(ground(element))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    return ratio >= (isLarge ? 3 : 4.5) ? [] : [`${ratio.toFixed(2)} ${element.outerHTML.slice(0, 90)}`];
  });
})()
"""
"""The texts whose contrast with what is behind them is less than WCAG's AA asks for."""

SMALL_TARGETS: Final = """
[...document.querySelectorAll("button, select, input[type=search]")]
  .filter((element) => element.checkVisibility() && !element.closest(".panel"))
  .map((element) => [element.closest(".search") ?? element, element.id])
  .filter(([element]) => element.getBoundingClientRect().height < 36)
  .map(([, id]) => id)
"""
"""The controls that a finger would miss."""

DROP: Final = """
([content, name]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([content], name));
  for (const type of ["dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  }
}
"""
"""Drops a file with a content under a name on the page."""
