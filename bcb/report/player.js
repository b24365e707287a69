"use strict";
// The player: test episodes, and what each model predicts after every frame. Names are set as text, never as HTML.
(() => {
  const data = JSON.parse(document.getElementById("player-data").textContent);
  const by = (id) => document.getElementById(id);
  const PACE = 600; // milliseconds a frame
  const DIMMED = 0.35; // how bright a slot is where background is painted
  let group, episode, frame, timer = null, tiles = [];

  // Pairs of (index, length), in base64, to one index a pixel.
  function decoded(text, count) {
    const pairs = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), pixels = new Uint8Array(count);
    for (let i = 0, at = 0; i < pairs.length; at += pairs[i + 1], i += 2) pixels.fill(pairs[i], at, at + pairs[i + 1]);
    return pixels;
  }

  const cache = new Map();
  function frames(text) {
    if (!cache.has(text)) cache.set(text, decoded(text, group.frames * group.size ** 2));
    return cache.get(text);
  }

  function draw(canvas, t, colour) {
    const size = group.size, image = new ImageData(size, size);
    for (let i = 0; i < size * size; i++) image.data.set([...colour(t * size * size + i), 255], 4 * i);
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  function element(name, parent, text = "") {
    const made = document.createElement(name);
    made.textContent = text;
    parent.append(made);
    return made;
  }

  function canvas(parent, label) {
    const made = element("canvas", parent);
    made.width = made.height = group.size;
    made.setAttribute("role", "img");
    made.setAttribute("aria-label", label);
    return made;
  }

  function tile(parent, name, label) {
    const box = element("div", parent);
    box.className = "tile";
    element("b", box, name.name).title = name.name;
    const says = element("span", box);
    return { box, says, picture: canvas(box, label), slots: name.slots ? canvas(box, label + ", slots") : null };
  }

  function choose(g) {
    group = data.groups[g];
    cache.clear();
    by("truth").replaceChildren();
    by("tiles").replaceChildren();
    tiles = [
      tile(by("truth"), { name: "read so far" }, "the last frame that was read"),
      tile(by("truth"), { name: "what comes next" }, "the true next frame"),
      ...group.models.map((model) => tile(by("tiles"), model, model.name + " predicts")),
    ];
    by("episodes").replaceChildren();
    group.episodes.forEach((_, i) => {
      const button = element("button", by("episodes"), "episode " + i);
      button.addEventListener("click", () => { episode = i; show(frame); });
    });
    by("at").max = group.frames;
    episode = 0;
    show(group.frames);
  }

  function show(t) {
    frame = Math.min(Math.max(t, 1), group.frames);
    const now = group.episodes[episode], shades = group.palette, end = frame === group.frames;
    by("at").value = frame;
    by("label").textContent = `frame ${frame} of ${group.frames}` + (end ? ", then the target" : "");
    [...by("episodes").children].forEach((b, i) => b.setAttribute("aria-pressed", i === episode));
    const read = frames(now.context), next = frames(now.next);
    draw(tiles[0].picture, frame - 1, (i) => shades[read[i]]);
    draw(tiles[1].picture, frame - 1, (i) => shades[next[i]]);
    tiles[0].says.textContent = `frame ${frame}`;
    tiles[1].says.textContent = end ? "the target" : `frame ${frame + 1}, coloured as if it were the target`;
    tiles[1].box.classList.toggle("end", end);
    group.models.forEach((model, m) => {
      const made = model.episodes[episode], images = frames(made.next), { picture, slots, says } = tiles[m + 2];
      draw(picture, frame - 1, (i) => shades[images[i]]);
      if (slots) {
        const maps = frames(made.slots);
        draw(slots, frame - 1, (i) => data.slot_colors[maps[i]].map((c) => (images[i] ? c : c * DIMMED)));
      }
      const asked = made.right[frame - 1].filter((r) => r >= 0);
      says.textContent = asked.length ? `${asked.filter((r) => r).length} of ${asked.length} right` : "none to colour";
    });
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    by("play").textContent = "Play";
  }

  function play() {
    if (timer !== null) return pause();
    if (frame === group.frames) show(1);
    by("play").textContent = "Pause";
    timer = setInterval(() => { show(frame + 1); if (frame === group.frames) pause(); }, PACE);
  }

  function step(by) { pause(); show(frame + by); }

  data.groups.forEach((g, i) => { element("option", by("group"), g.title).value = i; });
  by("group").addEventListener("change", (e) => { pause(); choose(Number(e.target.value)); });
  by("at").addEventListener("input", (e) => { pause(); show(Number(e.target.value)); });
  by("back").addEventListener("click", () => step(-1));
  by("forth").addEventListener("click", () => step(1));
  by("play").addEventListener("click", play);
  const keys = { ArrowLeft: () => step(-1), ArrowRight: () => step(1), " ": play,
    Home: () => step(-Infinity), End: () => step(Infinity) };
  by("stage").addEventListener("keydown", (e) => {
    if (!keys[e.key] || e.target.tagName === "SELECT" || (e.target.tagName === "BUTTON" && e.key === " ")) return;
    e.preventDefault();
    keys[e.key]();
  });
  by("stage").tabIndex = 0;
  by("stage").hidden = false;
  choose(0);
})();
