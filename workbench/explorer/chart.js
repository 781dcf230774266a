// One figure of the explorer: title and subtitle as text that wraps, the plot below, or a sentence
// in its place. plotly.js comes from the kernel once a page, before the first figure (`Library`) or
// when a figure asks for it, and stays out of the figure's state, so that no notebook grows by 5 MB.

function run(code) {
  return new Promise((resolve, reject) => {
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const script = document.createElement("script");
    script.onload = () => {
      URL.revokeObjectURL(url);
      resolve(globalThis.Plotly);
    };
    script.onerror = () => {
      globalThis.workbenchPlotly = null;
      reject(new Error("plotly.js could not be loaded"));
    };
    script.src = url;
    document.head.append(script);
  });
}

function loadPlotly(model) {
  if (!globalThis.workbenchPlotly) {
    globalThis.workbenchPlotly = new Promise((resolve, reject) => {
      const receive = (message, buffers) => {
        if (message.kind !== "plotly.js") return;
        model.off("msg:custom", receive);
        run(buffers[0]).then(resolve, reject);
      };
      model.on("msg:custom", receive);
      model.send({ kind: "plotly.js" });
    });
  }
  return globalThis.workbenchPlotly;
}

const CONFIG = { displayModeBar: false, responsive: false, scrollZoom: false, doubleClick: false };

function part(name, kind) {
  const node = document.createElement(kind);
  node.className = name;
  return node;
}

export default {
  initialize({ model }) {
    const code = model.get("code");
    if (code && code.byteLength && !globalThis.workbenchPlotly) {
      globalThis.workbenchPlotly = run(code);
    }
  },
  render({ model, el }) {
    const figure = part("wb-figure", "figure");
    const caption = part("wb-caption", "figcaption");
    const title = part("wb-title", "strong");
    const subtitle = part("wb-subtitle", "span");
    const sentence = part("wb-sentence", "p");
    sentence.setAttribute("role", "status");
    const frame = part("wb-plot", "div");
    frame.setAttribute("role", "img");
    const plot = document.createElement("div");
    plot.style.transformOrigin = "0 0";
    frame.append(plot);
    caption.append(title, subtitle);
    figure.append(caption, sentence, frame);
    el.append(figure);

    let drawn = -1;
    let drawnWidth = 0;
    let busy = false;

    // Only the newest content is drawn: whatever arrives while plotly works replaces what waited.
    async function draw() {
      if (busy) return;
      const serial = model.get("serial");
      const width = Math.floor(figure.clientWidth);
      if (width === 0 || (serial === drawn && width === drawnWidth)) return;
      busy = true;
      try {
        title.textContent = model.get("title");
        subtitle.textContent = model.get("subtitle");
        sentence.textContent = model.get("sentence");
        sentence.hidden = !model.get("sentence");
        const json = model.get("figure");
        frame.hidden = !json;
        if (json) {
          const Plotly = await loadPlotly(model);
          const { data, layout } = JSON.parse(json);
          const scale = model.get("scale");
          const room = width / scale;
          layout.width = Math.max(
            Math.min(room, model.get("max_width") || room),
            model.get("min_width"),
          );
          frame.setAttribute("aria-label", model.get("alt"));
          frame.style.height = `${layout.height * scale}px`;
          plot.style.transform = scale === 1 ? "" : `scale(${scale})`;
          await Plotly.react(plot, data, layout, CONFIG);
        }
        drawn = serial;
        drawnWidth = width;
        figure.dataset.serial = String(serial);
      } catch (error) {
        sentence.textContent = `This figure cannot be drawn here: ${error.message}.`;
        sentence.hidden = false;
        drawn = serial;
        drawnWidth = width;
      } finally {
        busy = false;
      }
      if (model.get("serial") !== drawn) draw();
    }

    model.on("change:serial", draw);
    const seen = new ResizeObserver(() => draw());
    seen.observe(figure);
    draw();
    return () => {
      seen.disconnect();
      model.off("change:serial", draw);
      if (globalThis.Plotly) globalThis.Plotly.purge(plot);
    };
  },
};
