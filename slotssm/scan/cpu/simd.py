"""Vectors of 32 lanes as values of compiled code: kernels are written as plain arithmetic and stay in registers.

LLVM's own vectoriser gives up on kernels with this many arrays, and on math.exp altogether. These are LLVM's portable
vectors: it makes two of AVX-512, four of AVX2, eight of NEON of each. One number of lanes and explicit fused
multiply-adds mean that sums are taken in one order on every machine.
"""

# numba compiles these calls; pyright sees intrinsics with their typing context
# pyright: reportCallIssue=false, reportOptionalCall=false

import operator

from llvmlite import ir
from numba import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, overload, register_model

LANES = 32


class Vector(types.Type):
    """LANES numbers of one dtype: float32 or float64."""

    def __init__(self, dtype):
        self.dtype = dtype
        super().__init__(name=f"Vector({dtype})")


@register_model(Vector)
class VectorModel(models.PrimitiveModel):
    def __init__(self, manager, vector):
        lane = ir.FloatType() if vector.dtype == types.float32 else ir.DoubleType()
        super().__init__(manager, vector, ir.VectorType(lane, LANES))


@intrinsic
def load(typingctx, array, index):
    """The LANES elements of a flat array, or from a pointer, from an index on."""

    def codegen(context, builder, sig, args):
        return builder.load(_vector_at(context, builder, sig.args, args), align=sig.args[0].dtype.bitwidth // 8)

    return Vector(array.dtype)(array, types.intp), codegen


@intrinsic
def store(typingctx, array, index, vector):
    """Write a vector where `load` would read it."""

    def codegen(context, builder, sig, args):
        pointer = _vector_at(context, builder, sig.args, args)
        builder.store(args[2], pointer, align=sig.args[0].dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.none(array, types.intp, vector), codegen


@intrinsic
def store_one(typingctx, array, index, number):
    """Write one element."""

    def codegen(context, builder, sig, args):
        builder.store(args[2], _at(context, builder, sig.args, args))
        return context.get_dummy_value()

    return types.none(array, types.intp, number), codegen


@intrinsic
def pointer(typingctx, address, number):
    """The memory at an address, holding numbers of the dtype of `number`; whoever calls keeps it alive."""

    def codegen(context, builder, sig, args):
        return builder.inttoptr(args[0], context.get_value_type(sig.return_type))

    return types.CPointer(number)(address, number), codegen


def _at(context, builder, kinds, args):
    """Where an element of a flat array, or of what a pointer points to, lies."""
    (kind, *_), (data, index, *_) = kinds, args
    if isinstance(kind, types.Array):
        data = context.make_array(kind)(context, builder, data).data
    return builder.gep(data, [index])


def _vector_at(context, builder, kinds, args):
    start = _at(context, builder, kinds, args)
    return builder.bitcast(start, ir.VectorType(start.type.pointee, LANES).as_pointer())


@intrinsic
def load_splat(typingctx, array, index):
    """One element, in every lane."""

    def codegen(context, builder, sig, args):
        return _splat(builder, builder.load(_at(context, builder, sig.args, args)))

    return Vector(array.dtype)(array, types.intp), codegen


@intrinsic
def splat(typingctx, scalar):
    """A number (float32 or float64) in every lane."""

    def codegen(context, builder, sig, args):
        return _splat(builder, args[0])

    return Vector(scalar)(scalar), codegen


def _splat(builder, scalar):
    vector = ir.VectorType(scalar.type, LANES)
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), zeros)


def splat_like(vector, value):
    """A constant in every lane, in the dtype of another vector."""
    raise NotImplementedError("compiled only")


@overload(splat_like, inline="always")
def _splat_like(vector, value):
    dtype = vector.dtype
    return lambda vector, value: splat(dtype(value))


@intrinsic
def total(typingctx, vector):
    """The sum of the lanes, in pairs of halves: one order on every machine."""

    def codegen(context, builder, sig, args):
        (x,) = args
        half = LANES // 2
        while half:
            index = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [(i + half) % LANES for i in range(LANES)])
            x = builder.fadd(x, builder.shuffle_vector(x, x, index))
            half //= 2
        return builder.extract_element(x, ir.Constant(ir.IntType(32), 0))

    return vector.dtype(vector), codegen


@intrinsic
def log(typingctx, vector):
    """The natural logarithm, the library's."""

    def codegen(context, builder, sig, args):
        return _call(builder, "log", *args)

    return vector(vector), codegen


@intrinsic
def where_less(typingctx, a, b, yes, no):
    """yes where a < b, else no; lane by lane."""

    def codegen(context, builder, sig, args):
        a, b, yes, no = args
        return builder.select(builder.fcmp_ordered("<", a, b), yes, no)

    return yes(a, b, yes, no), codegen


@intrinsic
def fma(typingctx, a, b, c):
    """a · b + c, rounded once."""

    def codegen(context, builder, sig, args):
        return _call(builder, "fma", *args)

    return a(a, b, c), codegen


def _call(builder, name, *args):
    vector = args[0].type
    suffix = "f32" if isinstance(vector.element, ir.FloatType) else "f64"
    kind = ir.FunctionType(vector, [vector] * len(args))
    full = f"llvm.{name}.v{LANES}{suffix}"
    function = builder.module.globals.get(full) or ir.Function(builder.module, kind, full)
    return builder.call(function, args)


def _binary(symbol, instruction):
    @infer_global(symbol)
    class Typing(AbstractTemplate):
        def generic(self, args, kws):
            if len(args) == 2 and isinstance(args[0], Vector) and args[0] == args[1]:
                return signature(args[0], *args)
            return None

    @lower_builtin(symbol, Vector, Vector)
    def lower(context, builder, sig, args):
        return getattr(builder, instruction)(*args)


for _symbol, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _binary(_symbol, _instruction)


# 2^f = 1 + f (c1 + c2 f + …) for f in [-1/2, 1/2], the largest relative error (9e-8) made as small as it gets.
# The 1 is exact: a slow decay is multiplied thousands of times, and must not grow or shrink by the polynomial.
_EXP2 = (1.0, 0.6931469776, 0.2402224209, 0.05550733742, 0.009671512646, 0.001326472763)


@intrinsic
def exp2(typingctx, vector):
    """2^x. In float64 the library's; in float32 a polynomial, to 2e-7 relative, from 0 at x = -126 to inf."""

    def codegen(context, builder, sig, args):
        (x,) = args
        if isinstance(x.type.element, ir.DoubleType):
            return _call(builder, "exp2", x)

        def number(value):
            return ir.Constant(x.type, [value] * LANES)

        def clamp(x, bound, order):  # a NaN compares false and stays
            return builder.select(builder.fcmp_ordered(order, x, number(bound)), number(bound), x)

        x = clamp(clamp(x, -126.0, "<"), 128.0, ">")
        magic = number(
            1.5 * 2**23 + 126
        )  # the nearest integer and 126 are now in the low bits: exponent of 2^(whole-1)
        shifted = builder.fadd(x, magic)
        whole = builder.fsub(shifted, magic)
        f = builder.fsub(x, whole)
        p = number(2 * _EXP2[-1])
        for coefficient in _EXP2[-2::-1]:
            p = _call(builder, "fma", p, f, number(2 * coefficient))
        integers = ir.VectorType(ir.IntType(32), LANES)
        half = builder.shl(builder.bitcast(shifted, integers), ir.Constant(integers, [23] * LANES))
        return builder.fmul(p, builder.bitcast(half, x.type))  # exact, and what is NaN in p stays so

    return vector(vector), codegen
