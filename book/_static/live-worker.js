/* The interpreter of Live Python, in a thread of its own, so that a loop without end leaves the page alone.

   The page sends {page: address of its table of cells} once, then {cell, text} to run or {reset: cell}. Back come
   {ready}, {print: text} while a cell runs, {done: {error, missing, above}} after it, or {broken: message} when the
   interpreter itself gave up. What a cell needs from those above it is found by live_cells.py. */
let session = null;
let queue = Promise.resolve();

async function found(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status} ${response.statusText}`);
  return response;
}

async function start(page) {
  const table = await (await found(page)).json();
  const base = new URL(table.interpreter, self.location.href).href;
  const archive = found(new URL("chainrule.zip", self.location.href.replace(/[^/]*$/, "live/"))).then((r) => r.arrayBuffer());
  const { loadPyodide } = await import(base + "pyodide.mjs");
  const python = await loadPyodide({ indexURL: base, packageBaseUrl: base });
  if (table.packages.length) await python.loadPackage(table.packages);
  python.unpackArchive(await archive, "zip");
  python.setStdin({ error: true });
  session = python.pyimport("live_cells").Session(python.toPy(table.cells));
}

function run(cell, text) {
  // Piece by piece: while Python runs, nothing else happens here that could send later what was held back.
  const outcome = session.run(cell, text, (piece) => self.postMessage({ print: piece }));
  self.postMessage({ done: outcome.toJs({ dict_converter: Object.fromEntries }) });
  outcome.destroy();
}

async function handle(message) {
  try {
    if (message.page) {
      await start(message.page);
      self.postMessage({ ready: true });
    } else if (message.reset) session.reset(message.reset);
    else run(message.cell, message.text);
  } catch (error) {
    self.postMessage({ broken: String(error.message || error) });
  }
}

self.onmessage = (event) => {
  queue = queue.then(() => handle(event.data));
};
