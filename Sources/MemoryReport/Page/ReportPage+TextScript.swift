extension ReportPage {
  /// The first part of the script: numbers, times and keys as people read them, and elements.
  ///
  /// All parts share the scope of one module, so none of them makes a global name.
  static let textScript = #"""
    const grouping = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
    const decimals = new Intl.NumberFormat('en-US', {
      minimumFractionDigits: 1, maximumFractionDigits: 1,
    });
    const encoder = new TextEncoder();

    /** `1,234,567` */
    function count(number) {
      return signed(number, grouping.format(Math.abs(number ?? 0)));
    }

    /** `1 key`, `1,234 keys` */
    function things(number, noun) {
      return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
    }

    /** `512 B`, `1.5 GiB`, as the text reports of the tools print sizes. */
    function size(bytes) {
      const magnitude = Math.abs(bytes ?? 0);
      if (magnitude < 1024) return signed(bytes, `${Math.round(magnitude)} B`);
      const tenths = (power) => Math.round(magnitude / 1024 ** power * 10);
      let power = Math.min(Math.floor(Math.log2(magnitude) / 10), 6);
      // 1023.95 KiB and up would print as 1024.0 KiB.
      if (tenths(power) >= 10240 && power < 6) power += 1;
      const unit = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'][power];
      return signed(bytes, `${(tenths(power) / 10).toFixed(1)} ${unit}`);
    }

    function signed(number, magnitude) {
      return number < 0 ? `\u2212${magnitude}` : magnitude;
    }

    /** `33.6 %`; what is not zero is not shown as zero. */
    function percent(part, whole) {
      if (!(whole > 0)) return '0.0 %';
      const share = 100 * part / whole;
      if (share > 0 && share < 0.05) return '< 0.1 %';
      return `${decimals.format(share)} %`;
    }

    /** `2026-11-22T09:53:18Z` */
    function moment(milliseconds) {
      const date = new Date(milliseconds);
      if (!Number.isNaN(date.getTime())) return date.toISOString().replace(/\.\d+Z$/, 'Z');
      return milliseconds > 0 ? 'after +275760-09-13' : 'before -271821-04-20';
    }

    const unshown = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\\]/gu;
    const unshownByte = /[^\x20-\x5b\x5d-\x7e]/g;

    /**
     * A byte string so that no two look the same: what is invisible, moves, or turns the direction of
     * writing shows as `\xHH`, spaces at the ends, too, and a backslash as two.
     */
    function legible(text, isBytes) {
      const string = String(text ?? '');
      const shown = isBytes
        ? string.replace(unshownByte, (byte) => escapes([byte.charCodeAt(0)], byte))
        : string.replace(unshown, (letter) => escapes(encoder.encode(letter), letter));
      const core = shown.trim();
      const before = shown.indexOf(core);
      const spaces = (length) => '\\x20'.repeat(length);
      return spaces(before) + core + spaces(shown.length - before - core.length);
    }

    function escapes(bytes, letter) {
      if (letter === ' ') return letter;
      if (letter === '\\') return '\\\\';
      const digits = (byte) => byte.toString(16).toUpperCase().padStart(2, '0');
      return Array.from(bytes, (byte) => `\\x${digits(byte)}`).join('');
    }

    /** Whether the strings of a record have one character for each byte; many count `bytes` as well. */
    function holdsBytes(record) {
      return record.text === 'latin1' || record.bytes === 'latin1';
    }

    /** The beginning and the end of a text that is too long: the ends of keys tell them apart. */
    function clipped(text, limit = 160) {
      if (text.length <= limit) return text;
      const letters = Array.from(text);
      if (letters.length <= limit) return text;
      const tail = Math.floor(limit / 5);
      const head = limit - tail - 1;
      return `${letters.slice(0, head).join('')}\u2026${letters.slice(-tail).join('')}`;
    }

    /** An element; children that are strings become text, never markup. */
    function make(name, attributes = {}, ...children) {
      const element = document.createElement(name);
      for (const [attribute, value] of Object.entries(attributes)) {
        if (value === undefined || value === null || value === false) continue;
        element.setAttribute(attribute, value === true ? '' : String(value));
      }
      element.append(...children.filter((child) => child !== null && child !== undefined));
      return element;
    }

    /** A key, a pattern of keys or the name of a file, in the type of code. */
    function keyElement(text, isBytes = false, limit = 160) {
      const whole = legible(text, isBytes);
      const short = clipped(whole, limit);
      const title = short === whole ? null : clipped(whole, 5000);
      return make('span', { class: 'key', title }, short === '' ? '(empty)' : short);
    }

    function button(label, action, attributes = {}) {
      const element = make('button', { type: 'button', class: 'button', ...attributes }, label);
      element.addEventListener('click', action);
      return element;
    }

    function total(records, field) {
      return records.reduce((sum, record) => sum + (record[field] ?? 0), 0);
    }

    function list(value) {
      return Array.isArray(value) ? value : [];
    }

    const typeNames = ['string', 'hash', 'list', 'set', 'zset', 'stream', 'module'];

    function typeColour(type) {
      return `var(--type-${typeNames.includes(type) ? type : 'other'})`;
    }

    const tip = document.getElementById('tip');

    /** Shows lines of text beside a place in the window, and keeps them inside it. */
    function showTip(lines, x, y) {
      tip.replaceChildren(...lines.map((line) => make('div', {}, line)));
      tip.hidden = false;
      const { width, height } = tip.getBoundingClientRect();
      const left = Math.min(x + 14, innerWidth - width - 8);
      const top = y + 18 + height > innerHeight ? y - height - 12 : y + 18;
      tip.style.left = `${Math.max(8, left)}px`;
      tip.style.top = `${Math.max(8, top)}px`;
    }

    function hideTip() {
      tip.hidden = true;
    }

    /** Lets the elements inside a container say something while the pointer is on them. */
    function tipsOnHover(container, linesOf) {
      container.addEventListener('pointermove', (event) => {
        const lines = event.pointerType === 'touch' ? null : linesOf(event.target);
        if (lines) showTip(lines, event.clientX, event.clientY);
        else hideTip();
      });
      container.addEventListener('pointerleave', hideTip);
    }

    """#
}
