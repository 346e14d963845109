extension ReportPage {
  /// The part of the script that draws what stands at the top: facts, warnings and totals.
  static let summaryScript = #"""
    const shownFiles = 3;

    function drawHead(report) {
      const facts = [
        ['Target server', report.target],
        ['Allocator', report.allocator],
        ['Time of the report', Number.isFinite(report.now) ? moment(report.now) : null],
      ];
      const head = document.getElementById('head');
      head.append(make('h1', {}, 'Memory report'));
      head.append(fileList(list(report.files)));
      const terms = facts.filter(([, fact]) => fact).map(([name, fact]) =>
        make('div', {}, make('dt', {}, name), make('dd', {}, legible(fact))));
      if (terms.length > 0) head.append(make('dl', { class: 'facts' }, ...terms));
      if (report.verified === false) {
        head.append(make('p', { class: 'unverified' },
          'Estimated; the model is not verified against a live server.'));
      }
      const bad = list(report.files).filter((file) => file.status && file.status !== 'ok');
      if (bad.length > 0) head.append(warning(bad, list(report.files).length));
    }

    function fileList(files) {
      const entry = (file) => make('li', {}, keyElement(file.file, holdsBytes(file)),
        make('span', { class: 'size' },
          [Number.isFinite(file.bytes) ? size(file.bytes) : null,
            Number.isFinite(file.keys) ? things(file.keys, 'key') : null,
            file.status && file.status !== 'ok' ? legible(file.status) : null]
            .filter((part) => part !== null).join(', ')));
      return foldedList(files.map(entry), shownFiles, 'file', { class: 'files' });
    }

    /** A list whose later items are in a details element. */
    function foldedList(items, shown, noun, attributes = {}) {
      // To fold one item away saves no room.
      const first = items.length <= shown + 1 ? items.length : shown;
      const box = make('div', attributes, make('ul', {}, ...items.slice(0, first)));
      if (first < items.length) {
        box.append(make('details', {},
          make('summary', {}, `${things(items.length - first, `more ${noun}`)}`),
          make('ul', {}, ...items.slice(first))));
      }
      return box;
    }

    function warning(files, all) {
      const entry = (file) => make('li', {},
        make('strong', {}, keyElement(file.file, holdsBytes(file)), ` \u2013 ${legible(file.status)}`),
        file.error ? make('span', {}, errorOf(file)) : null,
        make('span', {}, readPart(file)));
      const which = all === 1 ? 'The file has'
        : `${count(files.length)} of ${things(all, 'file')} ${files.length === 1 ? 'has' : 'have'}`;
      return make('section', { class: 'warning', 'aria-labelledby': 'warning-title' },
        make('h2', { id: 'warning-title' }, `${which} problems`),
        foldedList(files.map(entry), 5, 'file'));
    }

    function errorOf(file) {
      const text = String(file.error);
      const name = `${file.file}: `;
      return legible(text.startsWith(name) ? text.slice(name.length) : text, holdsBytes(file));
    }

    function readPart(file) {
      if (!Number.isFinite(file.read_up_to)) return 'The figures hold what could be read of it.';
      const whole = Number.isFinite(file.bytes)
        ? ` of ${count(file.bytes)} (${percent(file.read_up_to, file.bytes)})` : '';
      return `Read up to byte ${count(file.read_up_to)}${whole}; ` +
        'the figures hold nothing of what comes after.';
    }

    function drawTotals(report) {
      const tiles = [
        ['Estimated memory', size(report.estimated_bytes), things(report.estimated_bytes, 'byte')],
        ['Keys', count(report.keys), Number.isFinite(report.key_bytes)
          ? `${size(report.key_bytes)} in keys and values` : ''],
        ['Elements', count(report.elements), report.keys > 0
          ? `${decimals.format(report.elements / report.keys)} per key` : ''],
        overheadTile(report),
        calibrationTile(report.calibration),
        withoutExpiryTile(report),
        expiredTile(report),
      ];
      const drawn = tiles.filter((tile) => tile !== null).map(([name, figure, detail]) =>
        make('div', {}, make('dt', {}, name), make('dd', { class: 'figure' }, figure),
          detail ? make('dd', { class: 'detail' }, detail) : null));
      addSection('totals', 'Totals', null, make('dl', { class: 'tiles' }, ...drawn),
        report.keys === 0 ? make('p', { class: 'none' }, 'There are no keys.') : null);
    }

    function overheadTile(report) {
      const parts = Object.entries(report.overhead_bytes ?? {}).filter(([, part]) => part > 0);
      if (!report.overhead_bytes) return null;
      const sum = parts.reduce((bytes, [, part]) => bytes + part, 0);
      const names = parts.map(([name, part]) => `${legible(name).replaceAll('_', ' ')} ${size(part)}`);
      return ['Overhead of the server', size(sum), names.join(', ')];
    }

    function calibrationTile(calibration) {
      if (!calibration || !Number.isFinite(calibration.used_mem)) return null;
      const difference = Number.isFinite(calibration.difference) ? calibration.difference
        : calibration.estimated_bytes / calibration.used_mem - 1;
      const sign = difference > 0 ? '+' : '';
      return ['Estimate against the file',
        `${sign}${signed(difference, decimals.format(Math.abs(100 * difference)))} %`,
        `used memory when saved: ${size(calibration.used_mem)}`];
    }

    function expiryBucket(report, name) {
      const found = list(report.by_expiry).filter((record) => record.bucket === name);
      return { keys: total(found, 'keys'), bytes: total(found, 'bytes') };
    }

    function withoutExpiryTile(report) {
      if (!Array.isArray(report.by_expiry) || !(report.keys > 0)) return null;
      const never = expiryBucket(report, 'never');
      return ['Without expiry', percent(never.keys, report.keys),
        `${things(never.keys, 'key')}, ${size(never.bytes)}`];
    }

    function expiredTile(report) {
      if (!Array.isArray(report.by_expiry) || !(report.keys > 0)) return null;
      const expired = expiryBucket(report, 'expired');
      return ['Expired but present', things(expired.keys, 'key'), size(expired.bytes)];
    }

    """#
}
