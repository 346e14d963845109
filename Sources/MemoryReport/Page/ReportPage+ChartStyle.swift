extension ReportPage {
  /// How the map of the key space and the charts look, and everything on paper.
  static let chartStyle = #"""
    .path { margin-bottom: 0.5rem; }
    .path ol { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.375rem; }
    .path li + li::before { content: "\203A"; color: var(--muted); padding-right: 0.375rem; }
    .path button {
      border: 0; padding: 0.125rem 0; background: none; color: var(--accent); cursor: pointer;
      text-align: left;
    }
    .path button:hover { text-decoration: underline; }
    .path .size { color: var(--muted); padding-left: 0.5rem; }
    .map { position: relative; height: clamp(22rem, 62vh, 36rem); background: var(--line);
      overflow: hidden; }
    .cell, .part { position: absolute; display: block; overflow: hidden; border: 1px solid var(--page);
      background: var(--fill, var(--type-other)); color: #ffffff; }
    .cell { margin: 0; padding: 0; border-radius: 0; text-align: left; font-size: 0.8125rem;
      line-height: 1.35; cursor: default; }
    button.cell { cursor: zoom-in; }
    .cell.framed { background: var(--surface); color: var(--text); border-color: var(--line); }
    .cell:hover { outline: 2px solid var(--text); outline-offset: -2px; }
    .cell:focus-visible { z-index: 1; outline: 3px solid var(--text); outline-offset: -3px;
      box-shadow: inset 0 0 0 5px var(--page); }
    .label { position: absolute; left: 0; right: 0; top: 0; padding: 0.1875rem 0.375rem; }
    .label span { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .label .key { line-height: 1.35; }
    .framed > .label { display: flex; gap: 0.5rem; height: 1.5rem; }
    .framed > .label .key { flex: 0 1 auto; font-weight: 600; min-width: 0; }
    .framed > .label .size { flex: 1 0 auto; color: var(--muted); }
    .inner { position: absolute; left: 2px; right: 2px; top: 1.5rem; bottom: 2px; display: block; }
    .legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin-top: 0.625rem;
      font-size: 0.8125rem; }
    .legend li::before { content: ""; display: inline-block; width: 0.75rem; height: 0.75rem;
      margin-right: 0.375rem; background: var(--fill); vertical-align: -0.0625rem; }
    .tip { position: fixed; z-index: 2; max-width: min(26rem, calc(100vw - 1rem)); padding: 0.5rem 0.75rem;
      background: var(--page); border: 1px solid var(--muted); box-shadow: 0 2px 8px rgb(0 0 0 / 0.25);
      font-size: 0.8125rem; pointer-events: none; }
    .tip div:first-child { font-weight: 600; }
    [hidden] { display: none; }

    .charts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 2rem 3rem; }
    .charts > * { min-width: 0; }
    .bars th, .bars td { border: 0; padding: 0.1875rem 0 0.1875rem 0.75rem; }
    .bars th:first-child { padding-left: 0; }
    .bars th { font-weight: 400; white-space: nowrap; overflow: hidden; text-overflow: ellipsis;
      max-width: 11rem; }
    .bars td.bar { width: 100%; }
    .bars td.bar span { display: block; height: 0.875rem; min-width: 1px;
      background: var(--fill, var(--accent)); }
    .forecast figure + figure { margin-top: 2.25rem; }
    figure h3, .charts h3 { margin-bottom: 0.5rem; }
    .plot { position: relative; height: 12rem; margin: 0.5rem 0 1.5rem 4.5rem; }
    .plot .line { position: absolute; left: 0; right: 0; border-top: 1px solid var(--line); }
    .plot .line.zero { border-color: var(--muted); }
    .plot .line span { position: absolute; right: 100%; top: -0.625rem; padding-right: 0.5rem;
      font-size: 0.75rem; line-height: 1.25rem; color: var(--muted); white-space: nowrap; }
    .plot .columns { position: absolute; inset: 0; display: flex; align-items: stretch; }
    .plot .column { flex: 1 1 0; min-width: 0; display: flex; align-items: flex-end; }
    .plot .column > span { display: block; width: calc(100% - min(2px, 20%)); margin: 0 auto;
      background: var(--accent); }
    .plot .column.some > span { min-height: 2px; }
    .plot .column:hover { background: var(--surface); }
    .plot .tick { position: absolute; top: 100%; padding-top: 0.25rem; font-size: 0.75rem;
      color: var(--muted); white-space: nowrap; }
    .cell, .part, .legend li, .bar span, .column span { forced-color-adjust: none; }
    .forecast { display: grid; grid-template-columns: minmax(0, 1fr) 15rem; gap: 2rem 3rem; }
    .figures > div { padding: 0.375rem 0; border-top: 1px solid var(--line); }
    .figures dd { font-weight: 600; }
    .figures dd small { font-weight: 400; color: var(--muted); font-size: 0.8125rem; }
    .as-table { margin-top: 0.75rem; }
    .as-table .scroll { margin-top: 0.5rem; max-height: 24rem; overflow-y: auto; }
    @media (max-width: 56rem) {
      .charts, .forecast { grid-template-columns: minmax(0, 1fr); }
      .figures { display: grid; gap: 0 1.5rem;
        grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); }
    }
    @media (max-width: 40rem) {
      .bars th { max-width: 8.5rem; }
      .figures dd small { display: block; }
    }

    @media print {
      :root { color-scheme: light; }
      body { max-width: none; padding: 0; font-size: 9pt; }
      * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      nav#contents, #map > .note, .skip, .tip, .tools, .more, .command button,
      .as-table:not([open]) { display: none; }
      .map { height: 12cm; }
      .scroll { overflow: visible; }
      table, .key, .command pre { font-size: 8pt; }
      th, td { padding: 0.125rem 0.375rem; }
      td.name { min-width: 0; }
      section { margin-top: 1.5rem; }
      h2, h3 { break-after: avoid; }
      .tiles > div, .advice li, figure, tr, .map { break-inside: avoid; }
      thead { display: table-header-group; }
    }

    """#
}
