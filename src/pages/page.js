// What pages do beyond what they do without it: one button copies an address, and the list of feeds follows what is typed.
"use strict";

for (const button of document.querySelectorAll("button.copy")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    let copied = false;
    try {
      await navigator.clipboard.writeText(field.value);
      copied = true;
    } catch {
      // Without https there is no clipboard; what is selected can be copied still.
      copied = document.execCommand("copy");
    }
    button.textContent = copied ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}

const search = document.getElementById("q");
if (search) {
  const feeds = [...document.querySelectorAll("li.feed")];
  const found = document.getElementById("found");
  const before = [...found.childNodes];
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const feed of feeds) {
      feed.hidden = !words.every((word) => feed.dataset.find.includes(word));
      count += feed.hidden ? 0 : 1;
    }
    found.replaceChildren(...(words.length > 0 ? [`${count} of ${feeds.length} ${feeds.length === 1 ? "feed" : "feeds"}.`] : before));
  });
}
