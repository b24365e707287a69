"""TFRecords and their examples: what another encoder writes is read; what is damaged is named."""

import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.imports.example import parse_example
from generators.imports.tfrecord import count_records, masked_crc, read_records
from tests.generators.imports.encode import crc32c, example, feature, masked, record, sized, varint

RECORDS = [b"", b"one", bytes(range(256)) * 3]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "x.tfrecord-00000-of-00001"
    path.write_bytes(b"".join(record(data) for data in RECORDS))
    return path


def test_records_are_read_as_they_were_written(path):
    assert list(read_records(path)) == RECORDS
    assert count_records(path) == 3


def test_an_empty_file_has_no_records(tmp_path):
    (tmp_path / "x").write_bytes(b"")
    assert list(read_records(tmp_path / "x")) == []


def test_the_checksum_is_that_of_the_castagnoli_polynomial():
    assert crc32c(b"123456789") == 0xE3069283  # the check value of CRC-32C's catalogue entry
    assert masked_crc(b"123456789") == masked(b"123456789")


def test_every_flipped_byte_is_noticed_and_its_record_named(path):
    whole = path.read_bytes()
    starts = np.cumsum([0] + [len(data) + 16 for data in RECORDS])
    for at in [0, 5, 8, 11, 12, 15, *range(16, len(whole), 37), len(whole) - 1]:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1 :])
        number = np.searchsorted(starts, at, side="right") - 1
        with pytest.raises(ValueError, match=f"{path.name}, record {number}: damaged"):
            list(read_records(path))


@pytest.mark.parametrize("kept", [1, 8, 11, 12, 15, 17, 30, 34, 36, 100])
def test_a_file_that_is_cut_off_is_refused_by_name_and_record(path, kept):
    path.write_bytes(path.read_bytes()[:kept])
    for read in (count_records, lambda path: list(read_records(path))):
        with pytest.raises(ValueError, match=rf"{path.name}, record \d: the file ends in the middle of it"):
            read(path)


def test_a_huge_length_with_a_right_checksum_takes_no_memory(path):
    length = struct.pack("<Q", 2**62)
    path.write_bytes(length + masked(length) + b"abc")
    with pytest.raises(ValueError, match="record 0: the file ends"):
        next(read_records(path))


numbers = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20)
floats = st.lists(st.floats(width=32, allow_nan=False), max_size=20)


@given(numbers, floats, st.lists(st.binary(max_size=9), max_size=5), st.booleans())
def test_features_are_read_packed_and_unpacked(integers, reals, strings, packed):
    kinds = {"i": integers or sized(3, b""), "a/f": reals or sized(2, b""), "b": strings or sized(1, b"")}
    found = parse_example(example(kinds, packed))
    assert found.integers("i", -1).tolist() == integers
    assert found.floats("a/f", -1).tolist() == reals
    assert found.bytes("b") == strings
    assert (found.integers("i", -1).dtype, found.floats("a/f", -1).dtype) == (np.int64, np.float32)


def test_lists_in_several_pieces_are_joined():
    pieces = sized(3, sized(1, varint(1) + varint(300))) + sized(3, varint(8) + varint(7))
    assert parse_example(example({"x": pieces})).integers("x", 3).tolist() == [1, 300, 7]


def test_values_take_the_shape_that_is_asked_for():
    found = parse_example(example({"x": np.arange(6.0)}))
    assert found.floats("x", -1, 3).tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(ValueError, match=r"feature 'x' has 6 values, which don't make \(any, 4\)"):
        found.floats("x", -1, 4)


def test_what_is_asked_for_wrongly_is_said_in_one_line():
    found = parse_example(example({"x": [1.5]}))
    for ask, words in [
        (lambda: found.floats("y", -1), "it has no feature 'y'"),
        (lambda: found.integers("x", -1), "feature 'x' holds floats, not integers"),
        (lambda: found.bytes("x"), "feature 'x' holds floats, not bytes"),
    ]:
        with pytest.raises(ValueError, match=words):
            ask()


@given(st.binary(max_size=60))
def test_no_bytes_do_anything_but_parse_or_be_refused(data):
    with suppress(ValueError):
        found = parse_example(data)
        for name in found.features:
            found.integers(name, -1)


@pytest.mark.parametrize(
    "data", [b"\x0a\xff\xff\xff\xff\x7f", b"\x0b", b"\x0a", b"\xff" * 11, b"\x08\x01", b"\x0a\x02\x08\x01"]
)
def test_bytes_that_are_no_example_are_refused(data):
    with pytest.raises(ValueError, match=r"not a tf\.train\.Example"):
        parse_example(data)


def test_a_packed_number_that_does_not_end_is_refused():
    for data in (b"\x80", b"\x01\xff", b"\xff" * 12 + b"\x01"):
        with pytest.raises(ValueError, match="a number doesn't end"):
            parse_example(example({"x": sized(3, sized(1, data))})).integers("x", -1)


def test_a_feature_without_values_is_empty_whatever_is_asked_for():
    found = parse_example(example({"x": b""}))
    assert found.bytes("x") == []
    assert found.floats("x", 0, 3).shape == (0, 3)
    assert feature([1]) != feature([1], packed=False)


def test_what_tensorboard_writes_is_read(path):
    from tensorboard.summary.writer.record_writer import RecordWriter

    with path.open("wb") as file:
        writer = RecordWriter(file)
        for data in RECORDS:
            writer.write(data)
        writer.flush()
    assert list(read_records(path)) == RECORDS


@pytest.fixture(scope="module")
def protobuf_example():
    """tf.train.Example as protobuf's own library makes it, from the messages of feature.proto and example.proto."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    def message(name, *fields):
        keys = "name", "number", "label", "type", "type_name"
        return {"name": name, "field": [dict(zip(keys, field, strict=False)) for field in fields]}

    one, many, of_message = 1, 3, 11
    entry = message("FeatureEntry", ("key", 1, one, 9), ("value", 2, one, of_message, ".t.Feature"))
    features = message("Features", ("feature", 1, many, of_message, ".t.Features.FeatureEntry"))
    file = descriptor_pb2.FileDescriptorProto(
        name="t.proto",
        package="t",
        syntax="proto3",
        message_type=[
            descriptor_pb2.DescriptorProto(**message("BytesList", ("value", 1, many, 12))),
            descriptor_pb2.DescriptorProto(**message("FloatList", ("value", 1, many, 2))),
            descriptor_pb2.DescriptorProto(**message("Int64List", ("value", 1, many, 3))),
            descriptor_pb2.DescriptorProto(
                **message(
                    "Feature",
                    ("bytes_list", 1, one, of_message, ".t.BytesList"),
                    ("float_list", 2, one, of_message, ".t.FloatList"),
                    ("int64_list", 3, one, of_message, ".t.Int64List"),
                )
            ),
            descriptor_pb2.DescriptorProto(
                **features, nested_type=[descriptor_pb2.DescriptorProto(**entry, options={"map_entry": True})]
            ),
            descriptor_pb2.DescriptorProto(**message("Example", ("features", 1, one, of_message, ".t.Features"))),
        ],
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("t.Example"))


@given(numbers, floats, st.lists(st.binary(max_size=9), max_size=5))
def test_what_protobuf_writes_is_read(protobuf_example, integers, reals, strings):
    message = protobuf_example()
    message.features.feature["i"].int64_list.value.extend(integers)
    message.features.feature["f"].float_list.value.extend(reals)
    message.features.feature["b"].bytes_list.value.extend(strings)
    found = parse_example(message.SerializeToString())
    assert found.integers("i", -1).tolist() == integers
    assert found.floats("f", -1).tolist() == reals
    assert found.bytes("b") == strings
