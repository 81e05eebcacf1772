"""Drawings are read back as XML: what stands on them, where, and in which colour."""

import ast
import contextlib
import importlib
import inspect
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from chainrule import Tensor, Value, debug, nn, show
from chainrule.dual import Dual
from chainrule.rules import RULES, exp, maximum, relu, sigmoid, sin
from chainrule.show.layout import Box, Wire, arrange
from chainrule.show.listing import wrap_code
from chainrule.show.svg import places

SVG = "{http://www.w3.org/2000/svg}"


def texts(drawing):
    return ["".join(e.itertext()).replace("\u200b", "") for e in ET.fromstring(drawing.svg()).iter(f"{SVG}text")]


def coloured(drawing, colour):
    """The texts in one colour."""
    return ["".join(e.itertext()) for e in ET.fromstring(drawing.svg()).iter() if e.get("fill") == show.COLORS[colour]]


def u(x, y, z):
    return maximum(y * z, y + 2 * x)


class TestImport:
    def test_no_matplotlib(self):
        code = "import sys; from chainrule import show; print('matplotlib' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


class TestGraph:
    def test_forward_pairs_of_the_chained_example(self):
        drawing = show.graph_of(u, x=(2, 1), y=(3, 0), z=(-1, 0))
        assert {"(4, 2)", "(−3, 0)", "(7, 2)", "max", "u"} <= set(texts(drawing))

    def test_pairs_have_the_two_colours(self):
        drawing = show.graph_of(lambda x: x * 3, x=(2.0, 1.0))
        assert coloured(drawing, "value").count("6") == 1
        assert coloured(drawing, "derivative").count("3") == 1

    def test_forward_mode_agrees_with_dual(self):
        def f(x, y):
            return sigmoid(x * y) + sin(x) ** 3 / exp(y)

        last = show.graph_of(f, x=(0.3, 1.0), y=(-1.2, 0.5)).nodes[-1]
        want = f(Dual(0.3, 1.0), Dual(-1.2, 0.5))
        assert (last.value, last.tangent) == pytest.approx((want.primal, want.tangent), rel=1e-14)

    def test_backward_agrees_with_value(self):
        def f(x, y):
            z = x * y - relu(x)
            return z * z + z / y

        drawing = show.graph_of(f, backward=True, x=0.7, y=-1.3)
        x, y = Value(0.7), Value(-1.3)
        f(x, y).backward()
        grads = {node.name: node.grad for node in drawing.nodes if node.name in ("x", "y")}
        assert grads == pytest.approx({"x": x.grad, "y": y.grad}, rel=1e-14)

    def test_a_branch_follows_the_numbers(self):
        assert show.graph_of(lambda x: x * 2 if x > 0 else -x, x=-3.0).nodes[-1].value == 3.0
        assert show.graph_of(lambda x: x * 2 if x >= 0 else -x, x=3.0).nodes[-1].value == 6.0

    def test_of_a_value(self):
        w, x = Value(-1.0), Value(2.0)
        z = w * x + 0.5
        loss = (1 - z) * z
        assert "∇" not in show.graph(loss, w=w).svg()
        loss.backward()
        drawing = show.graph(loss, name="L", parameters=["w"], w=w, x=x, z=z)
        assert f"w = -1  grad {w.grad:g}" in str(drawing)
        shown = texts(drawing)
        assert {"0.5", "1", "z = −1.5", "L"} <= set(shown)
        assert len([e for e in ET.fromstring(drawing.svg()).iter(f"{SVG}rect") if e.get("rx") is None]) == 1

    def test_gradients_on_the_edges_of_a_node_used_twice_add_up(self):
        x = Value(3.0)
        y = x * x + 2 * x
        y.backward()
        on_edges = [float(t.removeprefix("∇ ")) for t in texts(show.graph(y, x=x)) if t.startswith("∇")]
        assert sorted(on_edges) == [1.0, 1.0, 1.0, 2.0, 3.0, 3.0]
        assert x.grad == 3 + 3 + 2

    def test_of_a_tensor(self):
        w, x = Tensor([1.0, 2.0], requires_grad=True), Tensor(np.ones((5, 2)), requires_grad=True)
        with debug():
            y = (x * w).sum() + (w * w).sum()
        drawing = show.graph(y, name="y", w=w, x=x, parameters=["w"])
        assert w.grad is None and x.grad is None  # the drawing's own pass leaves nothing behind
        assert {"5×2", "(1, 2)", "(1, 4)", "15", "∇ (5, 5)", "y"} <= set(texts(drawing))
        y.backward()
        drawn = {node.name: node for node in drawing.nodes}
        assert np.array_equal(drawn["w"].grad, w.grad) and np.array_equal(drawn["x"].grad, x.grad)
        with pytest.raises(RuntimeError, match="spent"):
            show.graph(y)

    def test_of_a_tensor_whose_values_were_not_kept(self):
        x = Tensor(np.ones(4), requires_grad=True)
        shown = texts(show.graph((x * 2).sum(), x=x))
        assert shown.count("(4,)") == 2 and "8" in shown
        assert not any("∇" in t for t in texts(show.graph(x * 2, x=x)))

    def test_of_a_layer_with_several_outputs(self):
        lstm = nn.LSTM(2, 3, rng=np.random.default_rng(0))
        for watched in (contextlib.nullcontext(), debug()):
            with watched:
                output, (_, cell) = lstm(Tensor(np.ones((4, 1, 2)), requires_grad=True))
                y = output.sum() + cell.sum()
            shown = texts(show.graph(y, name="y", W=lstm.weight_hh_l0, parameters=["W"]))
            assert {"lstm", "lstm[0]", "lstm[1]", "W", "12×3", "∇ 12×3"} <= set(shown)

    def test_local_derivatives(self):
        g = show.Graph(local=True)
        a = g.value("a", 3.0)
        b = g.function("square", a, value=9.0, local=[6.0])
        assert "∂ 6" in texts(g)
        b.grad = 2.0
        assert "∇ 12 = 2 · 6" in texts(g)

    def test_text_instead_of_numbers(self):
        g = show.Graph(local=True)
        a = g.value("a", "a", grad="4a³")
        g.function("square", a, name="b", value="a²", local=["2a"], grad="2a²")
        assert {"a", "∇ 4a³ = 2a² · 2a"} <= set(texts(g))

    def test_names_may_have_subscripts_and_are_escaped(self):
        g = show.Graph()
        g.function("<&>", g.parameter("w_12", 1.0))
        assert {"w12", "<&>"} <= set(texts(g))

    def test_any_character_may_stand_in_a_text(self):
        g = show.Graph()
        g.function("f", g.value("a", "x[0]"), value="w[1]")
        assert {"x[0]", "w[1]"} <= set(texts(g)) and 'label="x[0]"' in g.dot()

    def test_only_the_palette_is_used(self):
        svg = show.graph_of(u, backward=True, x=2, y=3, z=-1).svg()
        assert set(re.findall(r"#[0-9A-Fa-f]{6}", svg)) <= set(show.COLORS.values())
        assert "<marker" not in svg and " id=" not in svg  # ids would clash between figures on one page

    def test_the_same_graph_gives_the_same_drawing(self):
        assert show.graph_of(u, x=2, y=3, z=-1).svg() == show.graph_of(u, x=2, y=3, z=-1).svg()

    def test_dot(self):
        g = show.Graph()
        g.function('"max"', g.value("a", 3.0), g.parameter("b", 2.0), value=3.0)
        dot = g.dot()
        assert 'label="\\"max\\"", shape=box, style=rounded' in dot and 'n0 -> n2 [label="3"]' in dot
        assert 'label="b", shape=square' in dot

    def test_save(self, tmp_path):
        g = show.graph_of(lambda x: x + 1, x=2)
        g.save(tmp_path / "g.svg")
        assert (tmp_path / "g.svg").read_text(encoding="utf-8") == g.svg()

    @pytest.mark.parametrize(
        ("call", "error", "words"),
        [
            (lambda: show.Graph().svg(), ValueError, "at least one node"),
            (lambda: show.Graph().function("+"), ValueError, "at least one input"),
            (lambda: show.Graph().function("+", show.Graph().value("a")), ValueError, "nodes of this graph"),
            (lambda: show.graph_of(lambda x: 3.0, x=2.0), TypeError, "computed from its inputs"),
            (lambda: show.graph(Dual(1.0, 1.0)), TypeError, "graph_of"),
            (lambda: show.graph(Tensor([1.0], requires_grad=True)), TypeError, "computed from others"),
        ],
    )
    def test_bad_input(self, call, error, words):
        with pytest.raises(error, match=words):
            call()

    def test_one_local_derivative_an_input(self):
        g = show.Graph()
        with pytest.raises(ValueError, match="1 local derivatives for 2 inputs"):
            g.function("+", g.value("a"), g.value("b"), local=[1.0])


class TestLayout:
    def random_graph(self, rng, size):
        boxes, wires = [], []
        for k in range(size):
            inputs = [int(i) for i in rng.integers(0, k, rng.integers(1, 3))] if k > 3 else []
            boxes.append(Box(40.0, 38.0, inputs))
            wires += [Wire(i, k, port, 30.0) for port, i in enumerate(inputs)]
        return boxes, wires

    @pytest.mark.parametrize("seed", range(8))
    def test_no_two_boxes_overlap_and_edges_go_right(self, seed):
        rng = np.random.default_rng(seed)
        boxes, wires = self.random_graph(rng, 25)
        width, height = arrange(boxes, wires, row=40.0)
        for k, a in enumerate(boxes):
            assert a.x - a.width / 2 >= 0 and a.x + a.width / 2 <= width + 1e-9
            assert a.y - a.height / 2 >= -1e-9 and a.y + a.height / 2 <= height + 1e-9
            for b in boxes[k + 1 :]:
                apart_x = abs(a.x - b.x) >= (a.width + b.width) / 2
                assert apart_x or abs(a.y - b.y) >= (a.height + b.height) / 2 + 40.0 - 1e-6
        for wire in wires:
            xs = [x for x, _ in wire.points]
            assert xs == sorted(xs) and xs[0] < xs[-1]

    def test_a_chain_is_straight(self):
        boxes = [Box(40.0, 38.0, [k - 1] if k else []) for k in range(6)]
        arrange(boxes, [Wire(k - 1, k, 0, 20.0) for k in range(1, 6)], row=40.0)
        assert len({round(box.y, 6) for box in boxes}) == 1

    def test_texts_give_way_to_crossing_edges(self):
        flat = Wire(0, 1, 0, 40.0, points=[(0.0, 50.0), (200.0, 50.0)])
        steep = Wire(2, 3, 0, 40.0, points=[(40.0, 0.0), (150.0, 100.0)])
        t, alone = places([flat, steep], [40.0, 40.0])[0], places([flat], [40.0])[0]
        crossing = 0.475 * 200
        assert alone == 0.46 and abs(200 * t - crossing) > 20 + 10

    def test_sums_take_their_inputs_without_crossing(self):
        boxes = [Box(40.0, 38.0, []), Box(40.0, 38.0, []), Box(40.0, 38.0, [1, 0], symmetric=True)]
        wires = [Wire(1, 2, 0, 20.0), Wire(0, 2, 1, 20.0)]
        arrange(boxes, wires, row=40.0)
        by_start = sorted(wires, key=lambda wire: wire.points[0][1])
        assert by_start[0].points[-1][1] < by_start[1].points[-1][1]


def sample(first, second=(1, 2), *, third=None):
    """The first line.

    The rest of it.
    """
    return [first, *second], third  # a comment


class TestSource:
    def test_keeps_the_first_line_of_a_docstring(self):
        text = show.source(sample).text
        assert '"""The first line."""\n    return' in text and "The rest" not in text

    def test_all_of_it_or_nothing(self):
        assert "The rest" in show.source(sample, docstrings="all").text
        assert "first line" not in show.source(sample, docstrings="none").text

    def test_a_function_of_nothing_but_its_docstring(self):
        def empty():
            """Nothing."""

        assert show.source(empty, docstrings="none").text == "def empty():\n    ..."

    def test_trimmed_source_still_runs(self):
        for docstrings in ("first line", "none"):
            compile(show.source(show.Graph, Dual, docstrings=docstrings).text, "source", "exec")

    def test_shown_as_markdown_and_as_text(self):
        listing = show.source(sample)
        assert listing._repr_markdown_() == f"```python\n{listing.text}\n```" and repr(listing) == listing.text

    def test_an_elementwise_function_is_its_line_in_the_table(self):
        text = show.source(sin).text
        assert text.startswith("sin = define(") and "cos(x)" in text
        for rule in RULES.values():
            assert f'"{rule.name}"' in show.source(rule.function).text

    def test_property(self):
        assert "def shape(self)" in show.source(Dual.shape).text

    @pytest.mark.parametrize("module", ["show.plots", "dual", "value", "data"])
    def test_wrapping_keeps_the_meaning_of_real_modules(self, module):
        before = inspect.getsource(importlib.import_module(f"chainrule.{module}"))
        after = wrap_code(before, 70)
        assert ast.dump(ast.parse(after)) == ast.dump(ast.parse(before))
        assert sum(len(line) > 70 for line in after.splitlines()) < sum(len(line) > 70 for line in before.splitlines())

    def test_wrapping_does_not_change_the_program(self):
        code = "def f(a, b):\n    return [x + y for x, y in zip(a, b) if x > 0 and y > 0], sum(a) + sum(b)  # both\n"
        wrapped = wrap_code(code, 50)
        assert max(map(len, wrapped.splitlines())) <= 50
        assert ast.dump(ast.parse(wrapped)) == ast.dump(ast.parse(code))
        assert "x, y in" in wrapped

    def test_the_arguments_of_a_lambda_stay_together(self):
        wrapped = wrap_code('rule = define("multiply", operator.mul, lambda y, a, b: b, lambda y, a, b: a)', 64)
        assert "    lambda y, a, b: a)" in wrapped.splitlines()

    def test_bad_input(self):
        with pytest.raises(TypeError, match="written in Python"):
            show.source(len)
        with pytest.raises(TypeError, match="at least one"):
            show.source()
        with pytest.raises(ValueError, match="docstrings"):
            show.source(sample, docstrings="some")


@pytest.fixture
def ax():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    with matplotlib.rc_context():
        show.use_style()
        yield plt.figure().subplots()
    plt.close("all")


X = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0], [0.0, 2.0]])


class TestPlots:
    def test_classes_have_their_colour_and_mark(self, ax):
        from matplotlib.colors import to_hex

        show.points(X, [0, 1, 1, 0], ax, names=["yes", "no"])
        a, b = ax.collections
        assert [to_hex(s.get_facecolor()[0]) for s in (a, b)] == [
            show.COLORS["class_a"].lower(),
            show.COLORS["class_b"].lower(),
        ]
        assert a.get_offsets().tolist() == X[1:3].tolist() and b.get_offsets().tolist() == X[[0, 3]].tolist()
        assert len(a.get_paths()[0].vertices) > len(b.get_paths()[0].vertices)  # a circle and a triangle
        assert [t.get_text() for t in ax.get_legend().get_texts()] == ["yes", "no"]

    def test_loss_curves_are_named_at_their_ends(self, ax):
        show.loss_curves({"train": [3.0, 2.0, 1.0], "validation": [3.0, 2.0, 1.01]}, ax)
        assert sorted(t.get_text() for t in ax.texts) == ["training", "validation"]
        first, second = sorted(t.xyann[1] + t.xy[1] for t in ax.texts)
        assert first != second
        assert [line.get_linestyle() for line in ax.lines] == ["-", ":"]

    def test_attention_map(self, ax):
        weights = np.array([[1.0, 0.0], [0.25, 0.75]])
        show.attention_map(weights, ["a", "b"], ax)
        ax.figure.canvas.draw()
        assert ax.collections[0].get_alpha().ravel().tolist() == weights.ravel().tolist()
        assert [t.get_text() for t in ax.get_xticklabels()] == ["a", "b"]
        assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first query stands on top

    def test_contours(self, ax):
        show.contours(lambda x, y: x**2 + y**2, (-2, 2), (-2, 2), ax, levels=[1.0])
        vertices = np.concatenate([p.vertices for c in ax.collections for p in c.get_paths()])
        assert np.allclose(np.linalg.norm(vertices, axis=1), 1.0, atol=1e-3)

    def test_bad_input(self, ax):
        with pytest.raises(ValueError, match="N x 2"):
            show.points(np.zeros((3, 3)), [0, 1, 1], ax)
        with pytest.raises(ValueError, match="4 labels"):
            show.points(X, [0, 1], ax)
        with pytest.raises(ValueError, match="at most two"):
            show.points(X, [0, 1, 2, 3], ax)
        with pytest.raises(ValueError, match="weights"):
            show.attention_map(np.zeros((2, 3)), ["a", "b"], ax)
        with pytest.raises(ValueError, match="f: expected"):
            show.contours(lambda x, y: 1.0, (0, 1), (0, 1), ax)
        with pytest.raises(ValueError, match="history"):
            show.loss_curves({}, ax)


class TestStyle:
    def test_svg_is_text_in_the_palette_and_reproducible(self, ax, tmp_path):
        ax.plot([0, 1], [0, 1], label="line")
        ax.set(xlabel="time in s")
        ax.legend()
        files = [tmp_path / "1.svg", tmp_path / "2.svg"]
        for file in files:
            ax.figure.savefig(file, metadata={"Date": None})
        first, second = (file.read_text() for file in files)
        assert first == second and ">time in s<" in first
        used = {c.upper() for c in re.findall(r"(?:fill|stroke): (#[0-9a-fA-F]{6})", first)}
        assert used <= {c.upper() for c in show.COLORS.values()}

    def test_contrast_on_the_light_page(self):
        def luminance(colour):
            channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
            linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
            return float(np.dot([0.2126, 0.7152, 0.0722], linear))

        for name, colour in show.COLORS.items():
            if name not in ("paper", "line"):
                assert 1.05 / (luminance(colour) + 0.05) >= 4.5, name
