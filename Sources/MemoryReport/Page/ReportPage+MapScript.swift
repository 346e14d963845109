extension ReportPage {
  /// The part of the script that shows the map of the key space and lets one move in it.
  static let mapScript = #"""
    /** What a cell shows as its name: the part of the prefix that its parent does not have. */
    function cellName(node, parent) {
      if (node.name) return node.name;
      const whole = String(node.prefix ?? '');
      const above = String(parent.prefix ?? '');
      const isBelow = above !== '' && whole.length > above.length && whole.startsWith(above);
      const shown = isBelow ? whole.slice(above.length) : whole;
      return clipped(legible(shown, holdsBytes(node)), 100) || '(empty)';
    }

    function wholeName(node) {
      return node.name ?? (clipped(legible(node.prefix, holdsBytes(node)), 400) || '(empty)');
    }

    function firstType(node) {
      return list(node.types)[0];
    }

    function describe(node, whole) {
      const name = node.name && node.prefix ? `${node.name} in ${wholeName({ ...node, name: null })}`
        : wholeName(node);
      const types = list(node.types).map((type) => legible(type)).join(', ');
      return [name, `${size(node.bytes)}, ${percent(node.bytes, whole)} of all`,
        things(node.keys ?? 0, 'key'),
        types === '' ? null : types,
        Number.isFinite(node.elements) ? things(node.elements, 'element') : null,
        Number.isFinite(node.expires) ? `${things(node.expires, 'key')} with expiry` : null,
      ].filter((line) => line !== null);
    }

    function drawMap(report) {
      const root = keySpace(report);
      if (!isZoomable(root)) return;
      const map = make('div', { class: 'map', role: 'group' });
      const path = make('nav', { class: 'path', 'aria-label': 'Path in the key space' });
      addSection('map', 'Key space', 'Areas are bytes. A framed cell has more inside: click or press Enter ' +
        'to go in, Escape to go back. Arrow keys move between cells.', path, map, legend(report));
      const view = { map, path, nodes: [root], cells: [], whole: root.bytes, width: 0, height: 0 };
      // Where each element's facts are, for the tip.
      view.nodeOf = new WeakMap();
      tipsOnHover(map, (target) => {
        const node = view.nodeOf.get(target.closest('.part, .cell'));
        return node ? describe(node, view.whole) : null;
      });
      map.addEventListener('keydown', (event) => onMapKey(view, event));
      map.addEventListener('focusout', hideTip);
      new ResizeObserver(() => redrawIfResized(view)).observe(map);
      drawCells(view);
    }

    function legend(report) {
      const types = new Set(flattened(list(report.by_prefix)).map(firstType));
      const entry = (name, colour) => {
        const item = make('li', {}, name);
        item.style.setProperty('--fill', colour);
        return item;
      };
      return make('ul', { class: 'legend', 'aria-label': 'Colours of the types' },
        ...typeNames.filter((name) => types.has(name)).map((name) => entry(name, typeColour(name))),
        entry('other keys', typeColour(null)));
    }

    function redrawIfResized(view) {
      const { clientWidth, clientHeight } = view.map;
      if (clientWidth === view.width && clientHeight === view.height) return;
      const focused = view.cells.find((cell) => cell.element === document.activeElement);
      drawCells(view);
      if (focused) focusNode(view, focused.node);
    }

    function drawCells(view) {
      const { map } = view;
      const node = view.nodes.at(-1);
      view.width = map.clientWidth;
      view.height = map.clientHeight;
      view.cells = cellsFor(node, Math.max(1, view.width * view.height));
      const boxes = squarified(view.cells.map((cell) => cell.weight), view.width, view.height);
      for (const [index, cell] of view.cells.entries()) {
        cell.box = boxes[index];
        cell.element = cellElement(view, cell, node);
      }
      view.cells[0]?.element.setAttribute('tabindex', '0');
      map.replaceChildren(...view.cells.map((cell) => cell.element));
      map.setAttribute('aria-label', `Map of ${wholeName(node)}: ${things(view.cells.length, 'cell')}`);
      drawPath(view);
      hideTip();
    }

    function cellElement(view, cell, parent) {
      const { node, box } = cell;
      const goesIn = isZoomable(node);
      const element = make(goesIn ? 'button' : 'div', {
        class: 'cell', type: goesIn ? 'button' : null, role: goesIn ? null : 'img', tabindex: -1,
        'aria-label': describe(node, view.whole).slice(0, 3).join(', ') +
          (firstType(node) ? `, ${legible(firstType(node))}` : ''),
      });
      place(element, box, view);
      element.style.setProperty('--fill', typeColour(firstType(node)));
      view.nodeOf.set(element, node);
      const isFramed = goesIn && box.width > 72 && box.height > 56;
      if (isFramed) {
        element.classList.add('framed');
        element.append(labelOf(node, parent, box.width > 150), innerParts(view, node, box));
      } else if (box.width > 44 && box.height > 22) {
        element.append(labelOf(node, parent, hasRoomForSize(box)));
      }
      if (goesIn) element.addEventListener('click', () => goIn(view, node));
      element.addEventListener('focus', () => onCellFocus(view, cell));
      return element;
    }

    /** In percent, so that the map keeps its shape on paper. */
    function place(element, box, { width, height }) {
      element.style.left = `${100 * box.x / width}%`;
      element.style.top = `${100 * box.y / height}%`;
      element.style.width = `${100 * box.width / width}%`;
      element.style.height = `${100 * box.height / height}%`;
    }

    function hasRoomForSize(box) {
      return box.width > 76 && box.height > 44;
    }

    function labelOf(node, parent, showsSize) {
      const name = make('span', { class: node.name ? null : 'key' }, cellName(node, parent));
      return make('span', { class: 'label' }, name,
        showsSize ? make('span', { class: 'size' }, size(node.bytes)) : null);
    }

    /** A look at what is inside a cell: one level, not to be pressed by itself. */
    function innerParts(view, node, box) {
      const room = { width: box.width - 6, height: box.height - 28 };
      const parts = cellsFor(node, room.width * room.height);
      const boxes = squarified(parts.map((part) => part.weight), room.width, room.height);
      const elements = parts.map((part, index) => {
        const inside = boxes[index];
        const element = make('span', { class: 'part' });
        place(element, inside, room);
        element.style.setProperty('--fill', typeColour(firstType(part.node)));
        if (inside.width > 52 && inside.height > 22) {
          element.append(labelOf(part.node, node, hasRoomForSize(inside)));
        }
        view.nodeOf.set(element, part.node);
        return element;
      });
      return make('span', { class: 'inner' }, ...elements);
    }

    function drawPath(view) {
      const items = view.nodes.map((node, index) => {
        const isHere = index === view.nodes.length - 1;
        const name = make('span', { class: node.name ? null : 'key' },
          cellName(node, view.nodes[index - 1] ?? node));
        const item = make('li', { 'aria-current': isHere ? 'location' : null });
        if (isHere) item.append(name, make('span', { class: 'size' }, describe(node, view.whole)[1]));
        else item.append(pathButton(name, () => goTo(view, index)));
        return item;
      });
      view.path.replaceChildren(make('ol', {}, ...items));
    }

    function pathButton(name, action) {
      const press = make('button', { type: 'button' }, name);
      press.addEventListener('click', action);
      return press;
    }

    function goIn(view, node) {
      view.nodes.push(node);
      drawCells(view);
      view.cells[0]?.element.focus();
      tellPlace(view);
    }

    /** Goes out to a node of the path; the focus goes to the cell that one comes from. */
    function goTo(view, index) {
      const from = view.nodes[index + 1];
      view.nodes.length = index + 1;
      drawCells(view);
      focusNode(view, from);
      tellPlace(view);
    }

    function focusNode(view, node) {
      const cell = view.cells.find((candidate) => candidate.node === node) ??
        view.cells.find((candidate) => node.isFold && candidate.node.name === node.name) ?? view.cells[0];
      cell?.element.focus();
    }

    function tellPlace(view) {
      document.getElementById('status').textContent =
        `${wholeName(view.nodes.at(-1))}, ${things(view.cells.length, 'cell')}`;
    }

    function onCellFocus(view, cell) {
      // One cell of the map is a stop of the Tab key: the one that last had the focus.
      for (const other of view.cells) other.element.tabIndex = other === cell ? 0 : -1;
      if (!cell.element.matches(':focus-visible')) return;
      const area = cell.element.getBoundingClientRect();
      showTip(describe(cell.node, view.whole), area.left, Math.min(area.bottom - 12, innerHeight - 12));
    }

    function onMapKey(view, event) {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const current = view.cells.find((cell) => cell.element === document.activeElement);
      const isOut = event.key === 'Escape' || event.key === 'Backspace';
      if (isOut && view.nodes.length > 1) goTo(view, view.nodes.length - 2);
      else if (isOut) hideTip();
      else if (event.key === 'Home') view.cells[0]?.element.focus();
      else if (event.key === 'End') view.cells.at(-1)?.element.focus();
      else if (event.key.startsWith('Arrow') && current) {
        neighbour(view.cells, current, event.key)?.element.focus();
      } else return;
      event.preventDefault();
    }

    """#
}
