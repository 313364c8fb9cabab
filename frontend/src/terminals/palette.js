// The colours of a terminal, from the page's tokens.
const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/** Resolves tokens where `host` stands: as `#rrggbb`, which is all that search marks take. */
function resolver(host) {
  const probe = document.createElement("span");
  probe.hidden = true;
  host.append(probe);
  const hex = (token) => {
    probe.style.color = `var(--${token})`;
    const channels = getComputedStyle(probe).color.match(/\d+/g).slice(0, 3);
    return `#${channels.map((channel) => Number(channel).toString(16).padStart(2, "0")).join("")}`;
  };
  return { hex, done: () => probe.remove() };
}

/** The theme, and the colours of what a search found. */
export function palette(host) {
  const { hex, done } = resolver(host);
  const theme = {
    background: hex("bg-raised"),
    foreground: hex("text"),
    cursor: hex("text"),
    cursorAccent: hex("bg-raised"),
    selectionBackground: hex("term-selection"),
    selectionInactiveBackground: hex("term-selection"),
    scrollbarSliderBackground: `${hex("line-control")}66`,
    scrollbarSliderHoverBackground: `${hex("line-control")}aa`,
    scrollbarSliderActiveBackground: hex("line-control"),
  };
  for (const name of NAMES) {
    theme[name] = hex(`term-${name}`);
    theme[`bright${name[0].toUpperCase()}${name.slice(1)}`] = hex(`term-bright-${name}`);
  }
  const found = {
    matchBackground: hex("term-match"),
    matchOverviewRuler: hex("term-match"),
    activeMatchBackground: hex("term-match-active"),
    activeMatchColorOverviewRuler: hex("term-match-active"),
  };
  done();
  return { theme, found };
}
