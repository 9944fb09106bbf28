// Server-sent events over fetch: EventSource can neither POST nor send a key.
// Format: https://html.spec.whatwg.org/multipage/server-sent-events.html

// readEvents yields {event, data} for each complete event of a byte stream. An
// event that the stream cuts off is dropped, as the format demands. Leaving the
// loop early cancels the stream.
export async function* readEvents(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let event = "";
  let data = [];
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      rest += value;
      // A carriage return at the very end may be the first half of a line end.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      for (const line of lines) {
        if (line === "") {
          if (data.length > 0) yield { event: event || "message", data: data.join("\n") };
          event = "";
          data = [];
          continue;
        }
        const [field, content] = splitField(line);
        if (field === "event") event = content;
        if (field === "data") data.push(content);
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function splitField(line) {
  const colon = line.indexOf(":");
  if (colon < 0) return [line, ""];
  const content = line.slice(colon + 1);
  return [line.slice(0, colon), content.startsWith(" ") ? content.slice(1) : content];
}
