// Keeps the reader's place: the languages stay in sight, and lead to the paragraph that is read.
(() => {
  const bar = document.querySelector("article > .languages");
  const blocks = [...document.querySelectorAll(".prose > [id]")];
  if (!bar || !blocks.length) return;
  const at = () => {
    const edge = bar.getBoundingClientRect().bottom + 16;
    if (blocks[0].getBoundingClientRect().top > edge) return "";
    return (blocks.find((one) => one.getBoundingClientRect().bottom > edge) || blocks.at(-1)).id;
  };
  const lead = (event) => {
    const link = event.target.closest("a");
    if (link) link.hash = at();
  };
  bar.classList.add("stays");
  bar.parentElement.style.setProperty("--bar", `${bar.offsetHeight}px`);
  for (const kind of ["pointerdown", "focusin", "click"]) bar.addEventListener(kind, lead);
})();
