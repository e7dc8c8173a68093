// Numbers: how they come into the page, and how they are written.

/** Return the little-endian array that a base64 text holds. */
function decode(text, dtype) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return dtype === "float32" ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer);
}

/** Return the shortest text that reads back to the same value in the network's dtype. */
function exact(value) {
  if (network.dtype === "float32" && Number.isFinite(value) && Math.fround(value) === value) {
    for (let digits = 1; digits < 10; digits++) {
      const near = Number(value.toPrecision(digits));
      if (Math.fround(near) === value) return String(near);
    }
  }
  return String(value);
}

/** Return a function that writes every one of some values with the same number of decimals. */
function aligned(values) {
  const finite = [...values].filter(Number.isFinite);
  const largest = finite.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest >= 1e9 || (largest > 0 && largest < 1e-5)) {
    return (value) => (Number.isFinite(value) ? value.toExponential(5) : String(value));
  }
  const most = Math.min(6, Math.max(2, 5 - Math.floor(Math.log10(largest || 1))));
  let decimals = 0;
  while (decimals < most && finite.some((value) => Number(value.toFixed(decimals)) !== Number(value.toFixed(most)))) {
    decimals++;
  }
  return (value) => {
    if (!Number.isFinite(value)) return String(value);
    const text = unsigned(value.toFixed(decimals));
    return value !== 0 && Number(text) === 0 ? value.toExponential(1) : text; // small, but not nothing
  };
}

/** Return a function that writes values between two others with about three digits. */
function spread(low, high) {
  const size = high - low || Math.abs(low) || 1;
  if (size >= 1e6 || size < 1e-4) return (value) => value.toExponential(2);
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(size)));
  return (value) => unsigned(value.toFixed(decimals));
}

/** Return a text of at most about five characters, for a circle. */
function brief(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "inf" : "-inf";
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.005 || size >= 9999.5)) return value.toExponential(0).replace("e+", "e");
  return unsigned(value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0));
}

/** Return a text without the sign of a rounded zero: -0.00 is 0.00. */
function unsigned(text) {
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
}

/** Return 12,345 for 12345. */
const grouping = new Intl.NumberFormat("en-US");
const grouped = (count) => grouping.format(count);

/** Return "1 row" or "2 rows". */
const counted = (count, word) => `${grouped(count)} ${word}${count === 1 ? "" : "s"}`;
