extension ReportPage {
  /// The part of the script that computes the map of the key space: what its cells are, and where.
  static let treemapScript = #"""
    /** No cell is smaller than this many square pixels; what would be is folded into one cell. */
    const smallestCell = 80;
    const mostCells = 400;

    /** The tree of prefixes under one node for all keys. */
    function keySpace(report) {
      const prefixes = list(report.by_prefix);
      return {
        name: 'All keys', isRoot: true, prefix: '', children: prefixes,
        bytes: Math.max(report.key_bytes ?? 0, total(prefixes, 'bytes')),
        keys: Math.max(report.keys ?? 0, total(prefixes, 'keys')),
        elements: report.elements,
      };
    }

    /** Whether there is anything to see inside. */
    function isZoomable(node) {
      return list(node.children).some((child) => child.bytes > 0);
    }

    /** The children of a node and what they leave over of it, largest first. */
    function partsOf(node) {
      const children = list(node.children).filter((child) => child.bytes > 0);
      const rest = node.bytes - total(children, 'bytes');
      if (children.length > 0 && rest > 0 && !node.isFold) {
        children.push({
          name: 'other keys', bytes: rest,
          keys: Math.max(0, (node.keys ?? 0) - total(children, 'keys')),
        });
      }
      return children.sort((one, other) => other.bytes - one.bytes);
    }

    /** The parts of a node that a box of this size has room for, the others folded. */
    function cellsFor(node, area) {
      const parts = partsOf(node);
      const whole = total(parts, 'bytes');
      const smallest = whole * smallestCell / area;
      const small = parts.findIndex((part) => part.bytes < smallest);
      const kept = Math.min(small < 0 ? parts.length : small, mostCells);
      // One part alone is not folded: its fold would be as small.
      const folds = parts.length - kept > 1 ? foldsOf(parts, kept, node, whole) : parts.slice(kept);
      return [...parts.slice(0, kept), ...folds]
        .map((part) => ({ node: part, weight: Math.max(part.bytes, smallest) }))
        .sort((one, other) => other.weight - one.weight);
    }

    /**
     * One fold, unless most of the node would be in it, as with thousands of prefixes of one size: then
     * as many as each of them has parts, so that every step inwards shows much more than the last.
     */
    function foldsOf(parts, kept, parent, whole) {
      const folded = parts.slice(kept);
      if (total(folded, 'bytes') < whole / 4) {
        return [foldOf(folded, `\u2026 ${count(folded.length)} more`, parent)];
      }
      const length = Math.ceil(Math.sqrt(folded.length));
      return Array.from({ length: Math.ceil(folded.length / length) }, (_, index) => {
        const group = folded.slice(index * length, (index + 1) * length);
        const first = kept + index * length;
        const range = `${count(first + 1)}\u2013${count(first + group.length)}`;
        return foldOf(group, `${range} of ${count(parts.length)} by size`, parent);
      });
    }

    function foldOf(parts, name, parent) {
      return {
        name, isFold: true, prefix: parent.prefix, text: parent.text, types: typesBySize(parts),
        bytes: total(parts, 'bytes'), keys: total(parts, 'keys'), elements: total(parts, 'elements'),
        expires: total(parts, 'expires'), children: parts,
      };
    }

    function typesBySize(nodes) {
      const bytes = new Map();
      for (const node of nodes) {
        const type = list(node.types)[0];
        if (type !== undefined) bytes.set(type, (bytes.get(type) ?? 0) + node.bytes);
      }
      return [...bytes].sort((one, other) => other[1] - one[1]).map(([type]) => type);
    }

    /**
     * Boxes whose areas are in proportion to the weights, as square as they get: rows are filled along
     * the shorter side of what is free, each for as long as its worst box becomes squarer by it.
     * (Bruls, Huizing, van Wijk: Squarified Treemaps, 2000.)
     */
    function squarified(weights, width, height) {
      const whole = weights.reduce((sum, weight) => sum + weight, 0);
      const areas = weights.map((weight) => weight * width * height / whole);
      const free = { x: 0, y: 0, width, height };
      const boxes = [];
      while (boxes.length < areas.length) {
        const row = rowOf(areas, boxes.length, Math.min(free.width, free.height));
        boxes.push(...laidOut(row, free));
      }
      return boxes;
    }

    function rowOf(areas, start, side) {
      let sum = 0;
      let worst = Infinity;
      let end = start;
      while (end < areas.length) {
        const next = sum + areas[end];
        // Weights come largest first, so the first and the last box are the extremes of a row.
        const square = (next / side) ** 2;
        const ratio = Math.max(areas[start] / square, square / areas[end]);
        if (end > start && !(ratio <= worst)) break;
        worst = ratio;
        sum = next;
        end += 1;
      }
      return { areas: areas.slice(start, end), sum };
    }

    /** The boxes of a row; what is free shrinks by it. */
    function laidOut(row, free) {
      const isColumn = free.width >= free.height;
      const side = isColumn ? free.height : free.width;
      const thickness = side > 0 ? row.sum / side : 0;
      let offset = 0;
      const boxes = row.areas.map((area) => {
        const length = thickness > 0 ? area / thickness : 0;
        const box = isColumn
          ? { x: free.x, y: free.y + offset, width: thickness, height: length }
          : { x: free.x + offset, y: free.y, width: length, height: thickness };
        offset += length;
        return box;
      });
      if (isColumn) {
        free.x += thickness;
        free.width = Math.max(0, free.width - thickness);
      } else {
        free.y += thickness;
        free.height = Math.max(0, free.height - thickness);
      }
      return boxes;
    }

    /** The cell to go to from one with an arrow key: the nearest that lies that way. */
    function neighbour(cells, from, key) {
      const isAcross = key === 'ArrowLeft' || key === 'ArrowRight';
      const sign = key === 'ArrowRight' || key === 'ArrowDown' ? 1 : -1;
      const span = (box, across) => across ? [box.x, box.x + box.width] : [box.y, box.y + box.height];
      const distance = (box) => {
        const [near, far] = span(from.box, isAcross);
        const [start, end] = span(box, isAcross);
        const ahead = sign > 0 ? start - far : near - end;
        if (ahead < -0.5) return Infinity;
        const [low, high] = span(from.box, !isAcross);
        const [bottom, top] = span(box, !isAcross);
        const beside = Math.max(0, bottom - high, low - top);
        // Among those straight ahead, the one whose beginning is closest.
        return ahead + 3 * beside + 0.001 * Math.abs(bottom - low);
      };
      let best = null;
      let least = Infinity;
      for (const cell of cells) {
        const away = cell === from ? Infinity : distance(cell.box);
        if (away < least) [best, least] = [cell, away];
      }
      return best;
    }

    """#
}
