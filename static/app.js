/* What HTML cannot say: dialogs, a shortcut, the theme, and htmx's manners. No inline code, no eval: the content policy is strict. */
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const on = (type, act, options) => document.addEventListener(type, act, options);
  const root = document.documentElement;

  // htmx: the CSRF token with every request, no polls from hidden tabs, a bar while the connection is lost
  on("htmx:config:request", (event) => {
    event.detail.ctx.request.headers["X-CSRFToken"] = one("meta[name=csrf-token]").content;
  });
  on("htmx:before:request", (event) => {
    if (document.hidden && event.detail.ctx.sourceElement.matches("[data-poll]")) event.preventDefault();
  });
  const bar = one("#netbar");
  let barTimer;
  const warn = (kind) => {
    clearTimeout(barTimer);
    bar.textContent = bar.dataset[kind];
    bar.hidden = false;
  };
  on("htmx:error", (event) => {
    if (!/abort/i.test(String(event.detail.error?.name) + String(event.detail.error))) warn("offline");
  });
  on("htmx:response:error", (event) => {
    if (event.detail.ctx.response.status >= 500) warn("error");
  });
  on("htmx:after:request", (event) => {
    const status = event.detail.ctx.response?.status;
    if (!status || status >= 500 || bar.hidden) return;
    clearTimeout(barTimer);
    barTimer = setTimeout(() => { bar.hidden = true; }, 1500);
  });
  let toastTimer;
  on("htmx:after:swap", () => {
    one("[data-focus]:not([data-seen])")?.focus();
    one("[data-focus]")?.setAttribute("data-seen", "");
    clearTimeout(toastTimer);
    if (one(".toast")) toastTimer = setTimeout(() => one("#toast").replaceChildren(), 7000);
  });

  // a button that would lead to a page of its own opens the dialog instead
  let opener;
  on("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const dialog = button.dataset.dialog && one(`#${button.dataset.dialog}`);
    if (dialog) {
      event.preventDefault();
      opener = button;
      dialog.showModal();
    }
    if ("close" in button.dataset) {
      const inside = button.closest("dialog");
      if (inside) {
        event.preventDefault();
        inside.close();
      }
    }
  });
  on("submit", (event) => event.target.closest("dialog")?.close());
  // forms that came in a fragment have no token of their own
  on("submit", ({ target: form }) => {
    if (form.method !== "post" || form.elements.csrf_token) return;
    const token = Object.assign(document.createElement("input"), { type: "hidden", name: "csrf_token" });
    token.value = one("meta[name=csrf-token]").content;
    form.append(token);
  }, true);
  on("close", (event) => {
    if (event.target.matches("dialog") && opener?.isConnected) opener.focus();
  }, true);

  // light and dark without loading the page again
  const isDark = () => getComputedStyle(root).colorScheme === "dark";
  const theme = one("#theme");
  const showTheme = () => {
    if (!theme) return;
    theme.setAttribute("aria-pressed", String(isDark()));
    theme.value = isDark() ? "light" : "dark";
  };
  on("submit", (event) => {
    if (event.target.id !== "theme-form") return;
    event.preventDefault();
    root.dataset.theme = theme.value;
    const secure = location.protocol === "https:" ? ";secure" : "";
    document.cookie = `theme=${theme.value};path=/;max-age=31536000;samesite=lax${secure}`;
    showTheme();
  });
  showTheme();

  on("keydown", (event) => {
    const isTyping = event.target.matches("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !isTyping && one("#q")) {
      event.preventDefault();
      one("#q").focus();
    }
  });

  if (matchMedia("(max-width: 860px)").matches) one(".navbox")?.removeAttribute("open");
})();
