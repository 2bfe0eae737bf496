// What the pages of the widgets do alike: show one value of the model anew when it changes, until they are closed.

/**
 * The page of a widget that shows `view` of its model. A kind of it makes its parts in `build(root)`, among them `card`
 * and `deadLine`, and shows a view in `render(view)`; what it has to undo when it closes it adds to `undo`.
 */
class View {
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.line = new Line(model);
    this.dead = false;
    this.build(root);
    this.show = guarded(root, () => {
      this.deadLine.hidden = !this.dead;
      this.render(model.get("view"));
    });
    model.on("change:view", this.show);
    this.undo = [
      () => model.off("change:view", this.show),
      alertLine(model, this.card),
      hideWords(model, this.card),
      watchKernel(root, this.line, (dead) => {
        this.dead = dead;
        this.show();
      }),
    ];
    this.show();
    this.line.send("hello");
  }

  close() {
    this.undo.forEach((undo) => undo());
    this.line.close();
  }
}
