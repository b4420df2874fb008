// The calls, a page at a time: what is not shown is not in the document.
const dataNode = byId("data");
const data = dataNode ? JSON.parse(dataNode.textContent) : null;

function timeText(ns) {
  if (ns < 1000) return `${ns} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(1)} µs`;
  if (ns < 1e9) return `${(ns / 1e6).toFixed(2)} ms`;
  return `${(ns / 1e9).toFixed(3)} s`;
}

// Since the first call or loss, to the microsecond.
const momentText = (ns) => `${(ns / 1e9).toFixed(6)} s`;
const tookText = (ns) => (ns < 0 ? "" : timeText(ns));

function callText(calls, i) {
  const back = calls.returned[i] ? ` = ${calls.returned[i]}` : "";
  return `${data.functions[calls.function[i]]}(${calls.values[i]})${back}`;
}

function callRow(calls, i) {
  const row = element("tr");
  row.append(element("td", momentText(calls.at[i]), "number"));
  const call = element("td");
  call.append(element("span", "  ".repeat(calls.depth[i]), "indent"));
  call.append(element("b", data.functions[calls.function[i]]), `(${calls.values[i]})`);
  const isError = /^(ERR_PTR )?-E/.test(calls.returned[i]);
  row.append(call, element("td", calls.returned[i], isError ? "bad" : ""), element("td", tookText(calls.took[i]), "number"));
  row.append(element("td", data.lanes[calls.lane[i]], "whole"), element("td", String(calls.cpu[i]), "number"));
  return row;
}

function listCalls(calls) {
  const perPage = 200;
  const body = byId("calls-body");
  const position = byId("calls-position");
  let shown = Array.from(calls.at.keys());
  let first = 0;

  function draw() {
    const last = Math.min(first + perPage, shown.length);
    body.replaceChildren(...shown.slice(first, last).map((i) => callRow(calls, i)));
    position.textContent = shown.length
      ? `${first + 1} to ${last} of ${plural(shown.length, "call", "calls")}` : "no call";
    byId("calls-previous").disabled = first === 0;
    byId("calls-next").disabled = last === shown.length;
  }

  function turn(by) {
    first = Math.max(0, first + by);
    draw();
  }

  byId("calls-previous").addEventListener("click", () => turn(-perPage));
  byId("calls-next").addEventListener("click", () => turn(perPage));
  search.lists.push((wanted) => {
    const text = (i) => `${callText(calls, i)} ${data.lanes[calls.lane[i]]}`.toLowerCase();
    shown = Array.from(calls.at.keys()).filter((i) => hasAll(text(i), wanted));
    first = 0;
    draw();
    return shown.length;
  });
  draw();
}

if (data && data.calls.at.length) listCalls(data.calls);
