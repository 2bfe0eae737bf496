// Where rows and gap marks stand in a FillsTable: each takes one slot, the oldest slot 0.

/**
 * The order of rows and marks. A mark `{at, ...}` stands just before (on screen: below) the row at position `at`; one
 * with `at` -1 is newer than every row. Positions name rows and stay theirs; slots are only for drawing.
 */
class Slots {
  constructor(count, marks) {
    this.count = count;
    this.marks = marks;
    this.total = count + marks.length;
  }

  placeOf(mark) {
    return mark.at < 0 ? this.count : mark.at;
  }

  /** How many marks stand before what `isBefore(place of the mark, its number)` holds for. */
  marksWhere(isBefore) {
    let low = 0, high = this.marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this.placeOf(this.marks[middle]), middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The slot of the row at a position. */
  of(position) {
    return position + this.marksWhere((at) => at <= position);
  }

  /** What is in a slot: `{position}` of a row, or `{mark}`. */
  in(slot) {
    const number = this.marksWhere((at, index) => at + index < slot);
    const mark = this.marks[number];
    if (mark && this.placeOf(mark) + number === slot) return { mark, position: -1 };
    return { mark: null, position: slot - number };
  }
}
