extension ReportPage {
  /// Colours, type, and how everything looks that is not a chart.
  ///
  /// Text has a contrast of at least 4.5 to what lies behind it, in light and dark. The colours of
  /// the types (`--type-…`) are the same in both: dark enough for white text on them, light enough
  /// to stand out from a dark page.
  static let style = #"""
    :root {
      color-scheme: light dark;
      --page: #ffffff;
      --surface: #f5f6f8;
      --line: #d3d8df;
      --text: #1a2028;
      --muted: #59626f;
      --accent: #1f5fa8;
      --warn-page: #fdf0ed;
      --warn-line: #b3391c;
      --warn-text: #8a2b12;
      --type-string: #356fad;
      --type-hash: #417d50;
      --type-list: #966a26;
      --type-set: #7c56a4;
      --type-zset: #ae483f;
      --type-stream: #317e82;
      --type-module: #934f71;
      --type-other: #636974;
      --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root {
        --page: #12161c;
        --surface: #1b212a;
        --line: #38414e;
        --text: #e3e8ef;
        --muted: #9ca7b5;
        --accent: #7db4f0;
        --warn-page: #331812;
        --warn-line: #e0745a;
        --warn-text: #ffb9a8;
      }
    }
    *, *::before, *::after { box-sizing: border-box; }
    html { scroll-padding-top: 1rem; }
    body {
      margin: 0 auto; max-width: 76rem; padding: 0 1.5rem 4rem;
      background: var(--page); color: var(--text);
      font: 0.9375rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
      font-variant-numeric: tabular-nums;
    }
    h1, h2, h3, p, dl, dd, ul, ol, figure { margin: 0; padding: 0; }
    h1 { font-size: 1.625rem; line-height: 1.25; letter-spacing: -0.01em; }
    h2 { font-size: 1.1875rem; line-height: 1.3; }
    h3 { font-size: 0.9375rem; line-height: 1.4; }
    a { color: var(--accent); }
    ul, ol { list-style: none; }
    section { margin-top: 3rem; }
    section > h2 + * { margin-top: 0.75rem; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    main:focus { outline: none; }
    .note { color: var(--muted); max-width: 48rem; }
    section > h2 + .note { margin-top: 0.25rem; margin-bottom: 1rem; }
    .unseen {
      position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
      white-space: nowrap;
    }
    .skip { position: absolute; left: -99rem; top: 0; z-index: 3; padding: 0.5rem 1rem; }
    .skip:focus { left: 0.5rem; background: var(--page); }
    .key {
      font: 0.8125rem/1.5 var(--mono); unicode-bidi: isolate; direction: ltr;
      overflow-wrap: anywhere; white-space: pre-wrap;
    }
    button, input { font: inherit; color: inherit; }
    .button {
      padding: 0.25rem 0.75rem; border: 1px solid var(--muted); border-radius: 4px;
      background: var(--page); cursor: pointer;
    }
    .button:hover { border-color: var(--accent); color: var(--accent); }
    summary { cursor: pointer; color: var(--accent); width: fit-content; }

    header { padding-top: 2rem; }
    .facts { display: flex; flex-wrap: wrap; gap: 0.75rem 2.5rem; margin-top: 1rem; }
    .facts > div { min-width: 0; }
    dt { color: var(--muted); font-size: 0.8125rem; }
    .files { margin-top: 1rem; }
    .files li { overflow-wrap: anywhere; }
    .files .key { margin-right: 0.5rem; }
    .files .size { display: inline-block; color: var(--muted); }
    .unverified { margin-top: 1rem; padding-left: 0.75rem; border-left: 3px solid var(--muted); }
    .warning {
      margin-top: 1.5rem; padding: 1rem 1.25rem; border: 1px solid var(--warn-line);
      border-left-width: 6px; background: var(--warn-page);
    }
    .warning h2 { color: var(--warn-text); }
    .warning li, .warning details { margin-top: 0.75rem; }
    .warning li > * { display: block; overflow-wrap: anywhere; }
    nav#contents ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin-top: 1.5rem; }
    nav#contents:not(:empty) { border-bottom: 1px solid var(--line); padding-bottom: 0.75rem; }
    nav#contents a { text-decoration: none; display: inline-block; padding: 0.125rem 0; }
    nav#contents a:hover { text-decoration: underline; }

    #totals { margin-top: 1.75rem; }
    #totals .none { margin-top: 1rem; }
    .tiles {
      display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1px;
      padding: 1px;
    }
    .tiles > div { padding: 0.875rem 1rem; box-shadow: 0 0 0 1px var(--line); }
    .tiles .figure { font-size: 1.5rem; line-height: 1.3; font-weight: 600; }
    .tiles .detail { color: var(--muted); font-size: 0.8125rem; }

    .scroll { overflow-x: auto; max-width: 100%; }
    .tools { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: center; margin: 0.75rem 0; }
    .tools label { display: flex; gap: 0.5rem; align-items: center; flex: 0 1 24rem; }
    .tools input {
      flex: 1; min-width: 0; padding: 0.3125rem 0.5rem; border: 1px solid var(--muted);
      border-radius: 4px; background: var(--page);
    }
    .tools .shown { color: var(--muted); }
    table { border-collapse: collapse; width: 100%; font-size: 0.875rem; }
    th, td { padding: 0.3125rem 0.75rem; text-align: left; vertical-align: baseline; }
    td { border-top: 1px solid var(--line); }
    th { font-weight: 600; white-space: nowrap; }
    th:first-child, td:first-child { padding-left: 0; }
    th:last-child, td:last-child { padding-right: 0; }
    th.number, td.number { text-align: right; white-space: nowrap; }
    td.name { min-width: 11rem; }
    td.word { white-space: nowrap; }
    tbody tr:hover { background: var(--surface); }
    th button {
      border: 0; padding: 0.125rem 0; background: none; font-weight: 600; cursor: pointer;
      white-space: nowrap;
    }
    th button:hover { color: var(--accent); }
    th button { --mark: ""; }
    th[aria-sort="ascending"] button { --mark: "\25B4"; }
    th[aria-sort="descending"] button { --mark: "\25BE"; }
    th:not(.number) button::after, th.number button::before {
      content: var(--mark); display: inline-block; width: 1em;
    }
    th:not(.number) button::after { text-align: right; }
    .more { margin-top: 0.75rem; }

    .advice { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr));
      gap: 1rem; }
    .advice li { border: 1px solid var(--line); border-top: 3px solid var(--accent); padding: 1rem;
      min-width: 0; }
    .advice .saved { font-size: 1.25rem; font-weight: 600; }
    .advice .saved small { font-size: 0.8125rem; font-weight: 400; color: var(--muted); }
    .advice p, .advice details, .advice .command { margin-top: 0.625rem; }
    .advice .cost { color: var(--muted); }
    .advice .key { display: block; }
    .command { display: flex; gap: 0.5rem; align-items: flex-start; background: var(--surface);
      border: 1px solid var(--line); padding: 0.5rem; }
    .command .button { padding: 0 0.5rem; font-size: 0.8125rem; }
    .command pre { flex: 1; min-width: 0; margin: 0; white-space: pre-wrap; overflow-wrap: anywhere;
      font: 0.8125rem/1.5 var(--mono); }

    @media (max-width: 40rem) {
      body { padding: 0 1rem 3rem; }
      section { margin-top: 2.25rem; }
      header { padding-top: 1.25rem; }
      .facts { gap: 0.5rem 1.5rem; }
      .tiles { grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); }
      .tiles > div { padding: 0.625rem 0.75rem; }
      .tiles .figure { font-size: 1.1875rem; }
      td.name { min-width: 9rem; }
    }

    """#
}
