extension ReportPage {
  /// The last part of the script: which sections there are, and the drawing of all.
  static let sectionScript = #"""
    const sections = [];

    /** Adds a section with a heading to the page, and to the list of sections. */
    function addSection(id, title, note, ...children) {
      const heading = `${id}-title`;
      document.getElementById('content').append(
        make('section', { id, 'aria-labelledby': heading },
          make('h2', { id: heading, class: id === 'totals' ? 'unseen' : null }, title),
          note ? make('p', { class: 'note' }, note) : null, ...children));
      if (id !== 'totals') sections.push({ id, title });
    }

    function drawCharts(report, whole) {
      const byBytes = (records) => [...records].sort((one, other) => other.bytes - one.bytes);
      const charts = [];
      const types = byBytes(list(report.by_type));
      if (types.length > 0) {
        charts.push(barChart('Bytes by type', types.map((record) => ({
          name: legible(record.type), bytes: record.bytes ?? 0, colour: typeColour(record.type) })), whole));
      }
      const encodings = byBytes(list(report.by_encoding));
      if (encodings.length > 0) {
        charts.push(barChart('Bytes by encoding', encodings.slice(0, 10).map((record) => ({
          name: `${legible(record.type)} \u00b7 ${legible(record.encoding)}`, bytes: record.bytes ?? 0,
          colour: typeColour(record.type) })), whole));
      }
      const sizes = list(report.by_size);
      if (sizes.length > 0) charts.push(...sizeCharts(sizes));
      if (charts.length === 0) return;
      addSection('charts', 'Where the bytes are', null, make('div', { class: 'charts' }, ...charts),
        sizes.length === 0 ? null : asTable('Keys by size', [
          { name: 'Size of the key', isText: true, show: sizeClass },
          numberOf.keys, numberOf.bytes, shareColumn(whole),
        ], sizes));
    }

    function drawForecast(report) {
      const buckets = list(report.by_expiry);
      if (buckets.length === 0) return;
      const of = (name) => buckets.filter((bucket) => bucket.bucket === name);
      const hours = withoutGaps(of('hour'), hour,
        Number.isFinite(report.now) ? Math.floor(report.now / hour) * hour : undefined, 48);
      const days = withoutGaps(of('day'), day);
      const charts = make('div');
      if (hours.length > 0) charts.append(expiryChart('Freed per hour', hours, hourTick));
      if (days.length > 0) {
        charts.append(expiryChart('Freed per day after that', days, dayTick(days.length)));
      }
      if (hours.length + days.length === 0) {
        charts.append(make('p', {}, 'No key expires in the time that the forecast covers.'));
      }
      const columns = [
        { name: 'Expires', isText: true, show: bucketName },
        numberOf.keys, numberOf.bytes, numberOf.elements,
      ];
      addSection('expiry', 'Expiry forecast', 'Bytes that will be freed as keys expire. Times are UTC.',
        make('div', { class: 'forecast' }, charts, expiryFigures(of)),
        asTable('Expiry forecast', columns, buckets));
    }

    function expiryFigures(of) {
      const figures = [
        ['In the hours shown', of('hour')], ['In the days shown', of('day')], ['Later', of('later')],
        ['Never', of('never')], ['Expired, still present', of('expired')],
      ];
      return make('dl', { class: 'figures' }, ...figures.map(([name, records]) =>
        make('div', {}, make('dt', {}, name), make('dd', {}, `${size(total(records, 'bytes'))} `,
          make('small', {}, things(total(records, 'keys'), 'key'))))));
    }

    function bucketName(bucket) {
      if (bucket.bucket === 'never') return 'never';
      if (bucket.bucket === 'expired') return 'expired, still present';
      if (!Number.isFinite(bucket.from)) return legible(bucket.bucket);
      return Number.isFinite(bucket.to) ? `${moment(bucket.from)} \u2013 ${moment(bucket.to)}`
        : `from ${moment(bucket.from)} on`;
    }

    const startsCommand =
      /^(CONFIG|EXPIRE|PEXPIRE|PERSIST|UNLINK|DEL|MEMORY|OBJECT|SCAN|redis-cli|valkey-cli) /;

    function drawAdvice(report) {
      const cards = list(report.advice)
        .toSorted((one, other) => (other.saved_bytes ?? 0) - (one.saved_bytes ?? 0)).map(adviceCard);
      if (cards.length === 0) return;
      addSection('advice', 'Advice', null, make('ol', { class: 'advice' }, ...cards));
    }

    function adviceCard(advice) {
      const isBytes = holdsBytes(advice);
      const how = String(advice.how ?? '');
      const commands = list(advice.commands);
      const isCommand = commands.length === 0 && startsCommand.test(how);
      const names = (items) => items.map((item) => keyElement(item, isBytes));
      return make('li', {}, make('h3', {}, legible(advice.title, isBytes)),
        make('p', { class: 'saved' }, size(advice.saved_bytes),
          make('small', {}, ` saved, ${things(advice.keys ?? 0, 'key')}`)),
        how !== '' && !isCommand ? make('p', {}, legible(how, isBytes)) : null,
        isCommand ? commandBlock([how], isBytes) : null,
        commands.length > 0 ? commandBlock(commands, isBytes) : null,
        advice.cost ? make('p', { class: 'cost' }, `Cost: ${legible(advice.cost, isBytes)}`) : null,
        foldedNames('Prefix', 'Prefixes', names(list(advice.prefixes))),
        foldedNames('Example', 'Examples', names(list(advice.examples))));
    }

    function foldedNames(one, many, items) {
      if (items.length === 0) return null;
      if (items.length === 1) return make('p', {}, `${one}:`, ...items);
      return make('details', {}, make('summary', {}, `${many} (${count(items.length)})`), ...items);
    }

    /** Commands to copy: as they are, without the escapes that other names are shown with. */
    function commandBlock(commands, isBytes) {
      const lines = commands.map((command) => legible(command, isBytes).replaceAll('\\\\', '\\'));
      const code = make('pre', {}, make('code', {}, lines.join('\n')));
      const copy = button('Copy', () => copyText(code, copy));
      return make('div', { class: 'command' }, code, copy);
    }

    async function copyText(code, press) {
      try {
        await navigator.clipboard.writeText(code.textContent);
        press.textContent = 'Copied';
      } catch {
        // A page from a file or over plain HTTP may have no clipboard: select it for the reader.
        getSelection().selectAllChildren(code);
        press.textContent = 'Selected';
      }
      setTimeout(() => { press.textContent = 'Copy'; }, 2000);
    }

    function drawWhatIf(report) {
      const records = list(report.what_if);
      if (records.length === 0) return;
      const columns = [keyColumn('Setting', 'setting'),
        bytesColumn('Saved', (record) => record.saved_bytes ?? 0),
        bytesColumn('Bytes then', (record) => record.bytes ?? 0),
        { name: 'Keys changed', value: (record) => record.keys_changed ?? 0 }];
      if (records.some((record) => Number.isFinite(record.slow_keys))) {
        columns.push({ name: 'Slow keys', value: (record) => record.slow_keys ?? 0 });
      }
      addSection('what-if', 'What if', 'The same keys under other settings. A negative saving is a cost.',
        sortableTable({ label: 'What if', columns, records, sortedBy: 1 }));
    }

    /** All nodes of the tree of prefixes, each before its children. */
    function flattened(prefixes) {
      const nodes = [];
      const waiting = prefixes.toReversed();
      while (waiting.length > 0) {
        const node = waiting.pop();
        nodes.push(node);
        waiting.push(...list(node.children).toReversed());
      }
      return nodes;
    }

    function drawPrefixes(report, whole) {
      const records = flattened(list(report.by_prefix));
      if (records.length === 0) return;
      const columns = [keyColumn('Prefix', 'prefix'),
        { name: 'Types', isText: true, value: (record) => list(record.types).join(', '),
          show: (record) => typesElement(list(record.types).map((type) => legible(type))) },
        numberOf.bytes, shareColumn(whole), numberOf.keys, perColumn('Per key', 'bytes', 'keys'),
        numberOf.elements, { name: 'With expiry', value: (record) => record.expires ?? 0 }];
      const filter = { name: 'Filter', text: (record) => legible(record.prefix, holdsBytes(record)) };
      addSection('prefixes', 'Prefixes', 'A row counts the keys of all prefixes below it, too.',
        sortableTable({ label: 'Prefixes', columns, records, sortedBy: 2, filter }));
    }

    /** The first types and how many there are besides. */
    function typesElement(types) {
      if (types.length <= 2) return types.join(', ');
      return make('span', { title: types.join(', ') }, `${types[0]}, +${types.length - 1}`);
    }

    function drawLargestKeys(report, whole) {
      const records = list(report.largest_keys);
      if (records.length === 0) return;
      addSection('largest', 'Largest keys', null, sortableTable({
        label: 'Largest keys', records, sortedBy: 1,
        columns: [keyColumn('Key', 'key'), numberOf.bytes, shareColumn(whole),
          textColumn('Type', 'type'), textColumn('Encoding', 'encoding'), numberOf.elements,
          { name: 'DB', value: (record) => record.db ?? 0 },
          { name: 'Expires', value: (record) => record.expires_at ?? null, show: (record) =>
            Number.isFinite(record.expires_at) ? moment(record.expires_at) : '\u2013' }],
      }));
    }

    function drawBreakdowns(report, whole) {
      const tables = [
        ['encodings', 'Encodings', report.by_encoding, [textColumn('Type', 'type'),
          textColumn('Encoding', 'encoding'), numberOf.bytes, shareColumn(whole), numberOf.keys,
          perColumn('Per key', 'bytes', 'keys'), numberOf.elements,
          perColumn('Per element', 'bytes', 'elements')], 2],
        ['databases', 'Databases', report.by_database, [
          { name: 'DB', isText: true, value: (record) => record.db, show: (record) => count(record.db) },
          numberOf.bytes, shareColumn(whole), numberOf.keys, numberOf.elements,
          { name: 'With expiry', value: (record) => record.expires ?? 0 },
          { name: 'Expired', value: (record) => record.expired ?? 0 }], 1],
        ['slots', 'Slots', report.by_slot, [
          { name: 'Slot', isText: true, value: (record) => record.slot,
            show: (record) => count(record.slot) },
          numberOf.bytes, shareColumn(whole), numberOf.keys, numberOf.elements], 1],
      ];
      for (const [id, title, records, columns, sortedBy] of tables) {
        if (list(records).length === 0) continue;
        addSection(id, title, null, sortableTable({ label: title, columns, records, sortedBy }));
      }
    }

    function drawContents() {
      const links = sections.map(({ id, title }) => make('li', {}, make('a', { href: `#${id}` }, title)));
      if (links.length > 1) document.getElementById('contents').append(make('ul', {}, ...links));
    }

    function draw(report) {
      const whole = report.key_bytes ?? report.estimated_bytes ?? 0;
      const names = list(report.files).map((file) => legible(file.file, holdsBytes(file)));
      if (names.length > 0) {
        const others = names.length > 1 ? ` and ${count(names.length - 1)} more` : '';
        document.title = `Memory report: ${clipped(names[0], 80)}${others}`;
      }
      drawHead(report);
      drawTotals(report);
      drawMap(report);
      drawCharts(report, whole);
      drawForecast(report);
      drawAdvice(report);
      drawWhatIf(report);
      drawPrefixes(report, whole);
      drawLargestKeys(report, whole);
      drawBreakdowns(report, whole);
      drawContents();
      document.addEventListener('keydown', (event) => { if (event.key === 'Escape') hideTip(); });
    }

    function start() {
      try {
        draw(JSON.parse(document.getElementById('report').textContent));
      } catch (error) {
        document.getElementById('content').prepend(make('p', { class: 'warning' },
          `The report in this page cannot be shown: ${error.message}`));
        throw error;
      }
    }

    start();

    """#
}
