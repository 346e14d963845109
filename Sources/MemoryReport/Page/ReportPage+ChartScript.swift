extension ReportPage {
  /// The part of the script that draws bars and columns, each with its numbers in a table.
  static let chartScript = #"""
    /** Bars with their names and numbers: a table, so that it can be read without seeing the bars. */
    function barChart(title, bars, whole) {
      const longest = Math.max(...bars.map((bar) => bar.bytes));
      const rows = bars.map((bar) => {
        const fill = make('span');
        fill.style.width = `${longest > 0 ? 100 * bar.bytes / longest : 0}%`;
        if (bar.colour) fill.style.setProperty('--fill', bar.colour);
        return make('tr', {}, make('th', { scope: 'row', title: bar.name }, bar.name),
          make('td', { class: 'bar', 'aria-hidden': 'true' }, fill),
          make('td', { class: 'number' }, size(bar.bytes)),
          make('td', { class: 'number' }, percent(bar.bytes, whole)));
      });
      return make('div', {}, make('h3', {}, title),
        make('table', { class: 'bars' },
          make('caption', { class: 'unseen' }, title), make('tbody', {}, ...rows)));
    }

    /**
     * Columns over an axis. A column has a `value`, the lines of its `tip`, and on some of them the
     * text of a `tick` at its left edge.
     */
    function columnChart(title, columns, scale) {
      const highest = Math.max(...columns.map((column) => column.value), 0);
      const ticks = scale.ticks(highest);
      const top = ticks.at(-1);
      const lines = ticks.map((tick) => {
        const line = make('div', { class: tick === 0 ? 'line zero' : 'line' },
          make('span', {}, scale.text(tick)));
        line.style.bottom = `${100 * tick / top}%`;
        return line;
      });
      const drawn = columns.map((column) => chartColumn(column, top));
      const marks = columns.flatMap((column, index) =>
        column.tick ? [axisMark(column.tick, index, columns.length)] : []);
      const peak = columns.find((column) => column.value === highest);
      const summary = `${title}: ${things(columns.length, 'column')}` +
        (highest > 0 ? `, the highest is ${peak.tip.join(', ')}` : ', all empty');
      const plot = make('div', { class: 'plot', role: 'img', 'aria-label': summary },
        ...lines, make('div', { class: 'columns' }, ...drawn), ...marks);
      plot.style.maxWidth = `${5 * columns.length}rem`;
      tipsOnHover(plot, (target) => columns[drawn.indexOf(target.closest('.column'))]?.tip);
      return make('figure', {}, make('h3', {}, title), plot);
    }

    function chartColumn(column, top) {
      const bar = make('span');
      bar.style.height = `${100 * column.value / top}%`;
      return make('div', { class: column.value > 0 ? 'column some' : 'column' }, bar);
    }

    /** Begins below the left edge of its column, or ends below the right one near the end of the axis. */
    function axisMark(text, index, length) {
      const mark = make('span', { class: 'tick' }, text);
      if (length > 6 && index / length > 0.9) mark.style.right = `${100 * (1 - (index + 1) / length)}%`;
      else mark.style.left = `${100 * index / length}%`;
      return mark;
    }

    /** Values of an axis from zero to at least the highest, a round step apart. */
    function axisTicks(highest, steps) {
      const step = steps.find((candidate) => candidate * 4 >= highest) ?? steps.at(-1);
      const intervals = Math.max(1, Math.ceil(highest / step));
      return Array.from({ length: intervals + 1 }, (_, index) => index * step);
    }

    const powersOfTwo = Array.from({ length: 63 }, (_, power) => 2 ** power);
    const roundNumbers = Array.from({ length: 16 }, (_, power) => 10 ** power)
      .flatMap((power) => [power, 2 * power, 5 * power]);
    const bytesScale = {
      ticks: (highest) => axisTicks(highest, powersOfTwo),
      text: (bytes) => size(bytes).replace('.0 ', ' '),
    };
    const countScale = { ticks: (highest) => axisTicks(highest, roundNumbers), text: count };

    /** The numbers of a chart, folded away. */
    function asTable(label, columns, records) {
      const head = columns.map((column) =>
        make('th', { scope: 'col', class: column.isText ? null : 'number' }, column.name));
      const table = make('table', {}, make('caption', { class: 'unseen' }, label),
        make('thead', {}, make('tr', {}, ...head)),
        make('tbody', {}, ...records.map((record) => row(columns, record))));
      return make('details', { class: 'as-table' }, make('summary', {}, `${label} as a table`),
        scrolling(table, label));
    }

    /** From and to of a size class: its lower end belongs to it, its upper end does not. */
    function sizeClass(record) {
      const from = bytesScale.text(record.from ?? 0);
      return Number.isFinite(record.to) ? `${from} \u2013 ${bytesScale.text(record.to)}` : `${from} and more`;
    }

    /** The size classes in order, with empty ones, twice as wide each, where the report has none. */
    function allSizeClasses(records) {
      const classes = [];
      for (const record of [...records].sort((one, other) => (one.from ?? 0) - (other.from ?? 0))) {
        let end = classes.at(-1)?.to;
        while (end > 0 && 2 * end <= record.from) {
          classes.push({ from: end, to: 2 * end });
          end *= 2;
        }
        classes.push(record);
      }
      return classes;
    }

    function sizeCharts(records) {
      const sorted = allSizeClasses(records);
      const every = Math.ceil(sorted.length / 6);
      const columns = (field, text) => sorted.map((record, index) => ({
        value: record[field] ?? 0,
        tip: [sizeClass(record), text(record[field] ?? 0)],
        tick: index % every === 0 ? bytesScale.text(record.from ?? 0) : null,
      }));
      return [
        columnChart('Keys by size', columns('keys', (keys) => things(keys, 'key')), countScale),
        columnChart('Bytes in keys of a size', columns('bytes', size), bytesScale),
      ];
    }

    const hour = 3_600_000;
    const day = 24 * hour;

    /** Buckets from the first to the last one, at least so many, with empty ones for those left out. */
    function withoutGaps(buckets, width, first, least = 1) {
      if (buckets.length === 0) return [];
      const sorted = [...buckets].sort((one, other) => one.from - other.from);
      const start = Math.min(first ?? Infinity, sorted[0].from);
      const length = Math.max(least, Math.floor((sorted.at(-1).from - start) / width) + 1);
      // More columns than pixels tell nothing; a report with such buckets is not one of ours.
      if (!(length <= 1000)) return sorted;
      const filled = Array.from({ length }, (_, index) =>
        ({ from: start + index * width, to: start + (index + 1) * width, keys: 0, bytes: 0 }));
      for (const bucket of sorted) {
        const place = filled[Math.floor((bucket.from - start) / width)];
        place.keys += bucket.keys ?? 0;
        place.bytes += bucket.bytes ?? 0;
      }
      return filled;
    }

    function expiryChart(title, buckets, tick) {
      const columns = buckets.map((bucket, index) => ({
        value: bucket.bytes,
        tip: [`${moment(bucket.from)} \u2013 ${moment(bucket.to)}`,
          `${size(bucket.bytes)}, ${things(bucket.keys, 'key')}`],
        tick: tick(bucket, index),
      }));
      return columnChart(title, columns, bytesScale);
    }

    function hourTick(bucket) {
      const [date, time] = moment(bucket.from).split('T');
      if (Math.floor(bucket.from / hour) % 12 !== 0) return null;
      return time.startsWith('00') ? date.slice(5) : time.slice(0, 5);
    }

    function dayTick(days) {
      const every = Math.ceil(days / 6);
      return (bucket, index) => index % every === 0 ? moment(bucket.from).split('T')[0].slice(5) : null;
    }

    """#
}
