// Menus are popovers; CSS places them beside their button. This is for browsers without anchor positioning.
if (!CSS.supports("position-area", "block-end")) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[popovertarget]");
    const menu = button && document.getElementById(button.getAttribute("popovertarget"));
    if (!menu?.matches(".menu")) return;
    const at = button.getBoundingClientRect();
    requestAnimationFrame(() => {
      const below = at.bottom + menu.offsetHeight < innerHeight;
      menu.style.inset = "auto";
      menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - menu.offsetWidth - 8))}px`;
      menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - menu.offsetHeight - 4)}px`;
    });
  });
}
