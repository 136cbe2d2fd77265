// Lays the draft out again a moment after the writer stops, one preview at a time; without it the button 预览 does the same.
"use strict";
(() => {
  const form = document.querySelector("form[data-preview]");
  const shown = document.getElementById("preview");
  if (!form || !shown) return;
  const text = form.elements.namedItem("text");
  const said = document.getElementById("preview-state");
  const begun = text.value;
  let timer = 0, busy = false, last = text.value, leaving = false;

  const wait = () => { clearTimeout(timer); timer = setTimeout(look, 700); };

  async function look() {
    if (busy || text.value === last) return;
    busy = true;
    last = text.value;
    said.textContent = "正在排版……";
    try {
      const fields = new URLSearchParams({ csrf: form.elements.namedItem("csrf").value, text: last });
      const answer = await fetch(form.dataset.preview, { method: "POST", body: fields });
      if (answer.headers.get("x-preview") === "busy") {
        said.textContent = "正在为别人排版，稍候再排……";
        last = "";
        setTimeout(wait, 3000);
        busy = false;
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.redirected || !answer.headers.get("x-preview")) throw new Error("no preview");
      const body = document.importNode(page.body, true); // pictures are fetched before they take the place of the old
      await Promise.all([...body.querySelectorAll("img")].map((image) => image.decode().catch(() => undefined)));
      shown.replaceChildren(...body.childNodes);
      said.textContent = "";
    } catch (fault) {
      said.textContent = "没有排出来：可能已退出登录或连接中断。文字还在左边，请先复制留底，再点“保存”。";
    }
    busy = false;
    if (text.value !== last) wait();
  }

  text.addEventListener("input", wait);
  form.addEventListener("submit", () => { leaving = true; });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && text.value !== begun) event.preventDefault();
  });
  if (!shown.querySelector("img, .paper, .fault, .text")) { last = ""; look(); }
})();
