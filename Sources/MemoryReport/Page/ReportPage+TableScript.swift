extension ReportPage {
  /// The part of the script that makes tables: sorted by a click on a header, filtered, and drawn a
  /// page at a time, since twenty thousand rows would take the browser seconds.
  static let tableScript = #"""
    const rowsAtOnce = 50;

    /**
     * A table that sorts by any column.
     *
     * A column has a `name`, a `value` of a record to sort by, and what to `show` for it (a string or
     * an element; without it, the value as a count). `isText` columns sort upwards first.
     */
    function sortableTable({ label, columns, records, sortedBy, filter }) {
      const state = { column: sortedBy, isAscending: columns[sortedBy].isText === true,
        shown: rowsAtOnce, words: [] };
      const body = make('tbody');
      const headers = columns.map((column, index) => headerCell(column, () => sortBy(index)));
      const table = make('table', {},
        make('caption', { class: 'unseen' }, label),
        make('thead', {}, make('tr', {}, ...headers)), body);
      const more = button('', showMore);
      const tally = make('span', { class: 'shown', role: 'status' });
      const box = make('div', { class: 'sortable' },
        filter ? filterBox(filter, tally, setFilter) : null,
        scrolling(table, label), make('div', { class: 'more' }, more));
      const texts = filter ? records.map((record) => filter.text(record).toLowerCase()) : [];
      draw();
      return box;

      function sortBy(index) {
        state.isAscending = state.column === index
          ? !state.isAscending : columns[index].isText === true;
        state.column = index;
        draw();
      }

      function setFilter(text) {
        state.words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
        state.shown = rowsAtOnce;
        draw();
      }

      function showMore() {
        const before = state.shown;
        state.shown += 10 * rowsAtOnce;
        draw();
        // The button moves away or vanishes: who pressed it goes on at the first new row.
        const row = body.rows[before];
        row?.setAttribute('tabindex', '-1');
        row?.focus();
      }

      function draw() {
        const chosen = records.filter((_, index) =>
          state.words.every((word) => texts[index].includes(word)));
        const sorted = sortedRecords(chosen, columns[state.column].value, state.isAscending);
        body.replaceChildren(...sorted.slice(0, state.shown).map((record) => row(columns, record)));
        for (const [index, header] of headers.entries()) {
          if (index !== state.column) header.removeAttribute('aria-sort');
          else header.setAttribute('aria-sort', state.isAscending ? 'ascending' : 'descending');
        }
        const hidden = sorted.length - state.shown;
        more.parentElement.hidden = hidden <= 0;
        more.textContent = `Show ${count(Math.min(hidden, 10 * rowsAtOnce))} more of ` +
          things(sorted.length, 'row');
        tally.textContent = `${count(sorted.length)} of ${things(records.length, 'row')}`;
      }
    }

    function headerCell(column, action) {
      const press = make('button', { type: 'button' }, column.name);
      press.addEventListener('click', action);
      return make('th', { scope: 'col', class: column.isText ? null : 'number' }, press);
    }

    function row(columns, record) {
      return make('tr', {}, ...columns.map((column) => {
        const value = column.show ? column.show(record) : count(column.value(record));
        const kind = column.isName ? 'name' : column.isText ? 'word' : 'number';
        return make('td', { class: kind }, value);
      }));
    }

    /** A sorted copy; records with equal or no values keep their order, no value comes last. */
    function sortedRecords(records, value, isAscending) {
      const keyed = records.map((record) => ({ record, value: value(record) ?? null }));
      const direction = isAscending ? 1 : -1;
      keyed.sort((one, other) => {
        if (one.value === other.value) return 0;
        if (one.value === null) return 1;
        if (other.value === null) return -1;
        return one.value < other.value ? -direction : direction;
      });
      return keyed.map(({ record }) => record);
    }

    function filterBox(filter, tally, action) {
      const input = make('input', { type: 'search', autocomplete: 'off', spellcheck: 'false' });
      input.addEventListener('input', () => action(input.value));
      return make('div', { class: 'tools' }, make('label', {}, filter.name, input), tally);
    }

    /** A box that scrolls sideways, also by keyboard, where the table is wider than the screen. */
    function scrolling(table, label) {
      const box = make('div', { class: 'scroll', role: 'region', 'aria-label': label }, table);
      // A box that cannot scroll should not be a stop of the Tab key.
      new ResizeObserver(() => {
        const isWider = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
        if (isWider) box.setAttribute('tabindex', '0');
        else box.removeAttribute('tabindex');
      }).observe(box);
      return box;
    }

    /** Columns that many tables have. */
    const numberOf = {
      keys: { name: 'Keys', value: (record) => record.keys ?? 0 },
      elements: { name: 'Elements', value: (record) => record.elements ?? 0 },
      bytes: bytesColumn('Bytes', (record) => record.bytes ?? 0),
    };

    function bytesColumn(name, value) {
      return { name, value, show: (record) => size(value(record)) };
    }

    function shareColumn(whole) {
      return { name: 'Share', value: (record) => record.bytes ?? 0,
        show: (record) => percent(record.bytes ?? 0, whole) };
    }

    function perColumn(name, bytes, divisor) {
      const value = (record) => record[divisor] > 0 ? record[bytes] / record[divisor] : 0;
      return { name, value, show: (record) => size(Math.round(value(record))) };
    }

    function textColumn(name, field) {
      return { name, isText: true, value: (record) => record[field] ?? '',
        show: (record) => legible(record[field] ?? '') };
    }

    function keyColumn(name, field, limit = 160) {
      return { name, isText: true, isName: true, value: (record) => record[field] ?? '',
        show: (record) => keyElement(record[field], holdsBytes(record), limit) };
    }

    """#
}
