// The playground: what comes of rules is shown while they are written. Without this the button does it.
{
  const form = document.getElementById("playground");
  if (form) {
    const PAUSE = 400;
    let timer, asking;
    const take = (page, id) => {
      const [old, now] = [document.getElementById(id), page.getElementById(id)];
      if (old && now) old.replaceWith(now);
    };
    const copying = () => {
      const text = document.getElementById("configuration");
      if (!text || !navigator.clipboard) return;
      const button = document.createElement("button");
      button.type = "button";
      button.id = "copy";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "Copied";
      });
      text.before(button);
    };
    const attempt = async () => {
      clearTimeout(timer);
      asking?.abort();
      asking = new AbortController();
      try {
        const body = new URLSearchParams(new FormData(form));
        const answer = await fetch(form.action, { method: "POST", body, signal: asking.signal });
        const type = answer.headers.get("content-type") ?? "";
        const text = await answer.text();
        if (!type.startsWith("text/html")) {
          document.getElementById("status").textContent = text;
          return;
        }
        const page = new DOMParser().parseFromString(text, "text/html");
        take(page, "problems");
        take(page, "result");
        const [rules, now] = [document.getElementById("rules"), page.getElementById("rules")];
        for (const name of ["aria-invalid", "aria-describedby"]) {
          const value = now?.getAttribute(name);
          if (value) rules.setAttribute(name, value);
          else rules.removeAttribute(name);
        }
        copying();
      } catch (error) {
        if (error.name !== "AbortError") document.getElementById("status").textContent = "limpid does not answer.";
      }
    };
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(attempt, PAUSE);
    };
    form.elements.rules.addEventListener("input", soon);
    // An address is only asked for once it is whole.
    form.elements.url.addEventListener("change", attempt);
    form.elements.images.addEventListener("change", attempt);
    form.elements.feed?.addEventListener("change", () => form.requestSubmit(form.querySelector("[value=load]")));
    form.addEventListener("submit", (event) => {
      if (event.submitter?.value === "load") return;
      event.preventDefault();
      attempt();
    });
    if (form.hasAttribute("data-start")) attempt();
    else copying();
  }
}
