"""The lecture's first model in four libraries: the same step, 1001 times (deck 003 shows Theano, TensorFlow 1 and Keras).

torch's runs in a test and gives the slide's numbers. Theano and TensorFlow 1 are history: their last releases want Pythons of
their time.
"""

from playground.language import text as _

DATA = """\
x_ = np.array([[2, .1, 3], [1, .1, 2], [0, 2, 1],
               [0, 1.5, 2], [-1, 1.2, 3]])
y_ = np.array([1., 1, 0, 0, 0])
"""

CODE = {
    "theano": f"""\
import numpy as np, theano, theano.tensor as T

{DATA}
# a graph of symbols
x, y = T.dmatrix("x"), T.dvector("y")
w, b = theano.shared(np.zeros(3), "w"), theano.shared(0.0, "b")
y_hat = T.dot(x, w) + b
error = T.sum(T.sqr(y_hat - y))

# the graph of its gradient
dw, db = T.grad(error, [w, b])

# compiled to C, with the update inside
train = theano.function([x, y], [y_hat, error],
    updates=[(w, w - 0.01 * dw), (b, b - 0.01 * db)])
for call in range(1001):
    fitted, e = train(x_, y_)
print(fitted, e, w.get_value(), b.get_value())
""",
    "tensorflow": f"""\
import numpy as np, tensorflow as tf  # 1.x

{DATA}
# a graph of symbols
x = tf.placeholder(tf.float64, (None, 3))
y = tf.placeholder(tf.float64, (None,))
w = tf.Variable(np.zeros(3))
b = tf.Variable(np.float64(0))
y_hat = tf.linalg.matvec(x, w) + b
error = tf.reduce_sum(tf.square(y_hat - y))

# gradient and update are nodes of the graph too
step = tf.train.GradientDescentOptimizer(0.01).minimize(error)

# run in a session
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for call in range(1001):
        session.run(step, {{x: x_, y: y_}})
    print(*session.run([y_hat, error, w, b], {{x: x_, y: y_}}))
""",
    "keras": f"""\
import numpy as np, keras

{DATA}
# layers; the graph is hidden
keras.backend.set_floatx("float64")
net = keras.Sequential([
    keras.Input((3,)),
    keras.layers.Dense(1, kernel_initializer="zeros"),
])

# the error, its gradient and the update by name
def error(y, y_hat):
    return keras.ops.sum((y_hat - y) ** 2)

net.compile(loss=error, optimizer=keras.optimizers.SGD(0.01))
net.fit(x_, y_[:, None], batch_size=5, epochs=1001, verbose=0)
print(net.predict(x_), *net.get_weights())
""",
    "torch": f"""\
import numpy as np, torch

{DATA}
x, y = torch.tensor(x_), torch.tensor(y_)
w = torch.zeros(3, dtype=torch.float64, requires_grad=True)
b = torch.zeros((), dtype=torch.float64, requires_grad=True)
descent = torch.optim.SGD([w, b], lr=0.01)

for call in range(1001):
    # plain Python; the graph is written down as it runs
    y_hat = x @ w + b
    error = ((y_hat - y) ** 2).sum()

    # walked back, and forgotten
    descent.zero_grad()
    error.backward()
    descent.step()
print(y_hat, error, w, b)
""",
}


def titles() -> dict[str, str]:
    """Each with the years of its life, and what it was."""
    return {
        "theano": _("**Theano**, 2007–2017 · history: nobody develops it any more"),
        "tensorflow": _("**TensorFlow 1**, 2015–2019 · history: version 2 runs line by line, as torch does"),
        "keras": _("**Keras**, since 2015 · a language of layers over several engines"),
        "torch": _("**torch**, since 2016 · what trains this playground's nets"),
    }
