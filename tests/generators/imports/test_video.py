"""A folder of videos or of pictures, with depth beside them or without, becomes clips."""

import struct
import sys

import numpy as np
import pytest
from PIL import Image

from generators.imports.video import splits, video
from tests.generators.imports.encode import movie, png


def frames(count, height=8, width=8, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, height, width, 3)).astype(np.uint8)


def folder_of_pictures(path, pictures):
    path.mkdir()
    for t, picture in enumerate(pictures):
        (path / f"{t:04d}.png").write_bytes(png(picture))


def clips(source, **options):
    return list(video(source, options.pop("split", "train"), size=8, **options).episodes())


def test_a_video_is_cut_in_clips_that_follow_each_other(tmp_path):
    truth = frames(11)
    movie(tmp_path / "a.mkv", truth)
    found = clips(tmp_path, frames=4)
    assert [clip.keys() for clip in found] == [{"rgb"}] * 2
    np.testing.assert_array_equal(np.stack([clip["rgb"] for clip in found]), [truth[:4], truth[4:8]])


def test_pictures_are_in_the_order_of_their_numbers(tmp_path):
    truth = frames(11)
    (tmp_path / "a").mkdir()
    for t, picture in enumerate(truth):
        (tmp_path / f"a/frame{t}.png").write_bytes(png(picture))
    [found] = clips(tmp_path, frames=11)
    np.testing.assert_array_equal(found["rgb"], truth)


def test_clips_overlap_or_leave_frames_out_by_their_stride(tmp_path):
    truth = frames(11)
    movie(tmp_path / "a.mkv", truth)
    for stride, starts in [(2, [0, 2, 4, 6]), (7, [0, 7]), (8, [0])]:
        found = clips(tmp_path, frames=4, stride=stride)
        np.testing.assert_array_equal([clip["rgb"] for clip in found], [truth[s : s + 4] for s in starts])


def test_a_folder_of_pictures_is_a_video(tmp_path):
    truth = frames(5)
    folder_of_pictures(tmp_path / "a.b", truth)
    np.testing.assert_array_equal(clips(tmp_path, frames=5)[0]["rgb"], truth)


@pytest.mark.parametrize("suffix", ["npy", "npz", "folder"])
def test_depth_lies_beside_and_is_scaled_and_sampled(tmp_path, suffix):
    truth, depth = frames(4), np.random.default_rng(1).integers(0, 5000, (4, 16, 24)).astype(np.uint16)
    folder_of_pictures(tmp_path / "a.b", truth)
    if suffix == "npy":
        np.save(tmp_path / "a.b_depth.npy", depth)
    elif suffix == "npz":
        np.savez(tmp_path / "a.b_depth.npz", depth=depth, other=depth)
    else:
        folder_of_pictures(tmp_path / "a.b_depth", depth)
    first, second = clips(tmp_path, frames=2, depth_scale=0.001)
    found = np.concatenate([first["depth"], second["depth"]])
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, (depth[:, 1::2, 1::3] * 0.001).astype(np.float32))


def test_depth_of_a_video_goes_with_its_frames(tmp_path):
    truth, depth = frames(5), np.arange(5.0)[:, None, None] * np.ones((5, 2, 2))
    movie(tmp_path / "a.mkv", truth)
    np.save(tmp_path / "a_depth.npy", depth)
    found = clips(tmp_path, frames=2, stride=3)
    assert [clip["depth"][:, 0, 0].tolist() for clip in found] == [[0, 1], [3, 4]]


def test_splits_are_folders_and_without_them_all_is_train(tmp_path):
    movie(tmp_path / "a.mkv", frames(2))
    assert splits(tmp_path) == ("train",)
    assert len(clips(tmp_path, frames=2, split="test")) == 1  # as whoever imports it says
    for name in ("train", "val"):
        (tmp_path / name).mkdir()
        movie(tmp_path / name / "b.mkv", frames(4))
    assert splits(tmp_path) == ("train", "val")
    assert len(clips(tmp_path, frames=2, split="val")) == 2
    with pytest.raises(ValueError, match="test is no folder"):
        clips(tmp_path, split="test")


def test_the_order_is_that_of_names_and_a_limit_takes_the_first(tmp_path):
    movie(tmp_path / "b.mkv", frames(4, seed=1))
    folder_of_pictures(tmp_path / "a", frames(4, seed=2))
    found = clips(tmp_path, frames=2, limit=3)
    expected = [frames(4, seed=2)[:2], frames(4, seed=2)[2:], frames(4, seed=1)[:2]]
    np.testing.assert_array_equal([clip["rgb"] for clip in found], expected)
    assert video(tmp_path, "train", frames=2, limit=3).count == 3


def test_pictures_and_videos_that_were_taken_sideways_are_turned_upright(tmp_path):
    truth = np.zeros((3, 8, 8, 3), np.uint8)
    truth[:, :4] = 255  # bright above
    (tmp_path / "jpg").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn it a quarter clockwise"
    Image.fromarray(np.rot90(truth[0])).save(tmp_path / "jpg/0.jpg", exif=exif, quality=95)
    [found] = clips(tmp_path, frames=1)
    assert np.abs(found["rgb"][0].astype(int) - truth[0]).max() < 30
    wide = np.repeat(np.repeat(np.rot90(truth, axes=(1, 2)), 4, 1), 4, 2)
    (tmp_path / "mp4").mkdir()
    movie(tmp_path / "mp4/a.mp4", wide, "mpeg4", "yuv420p")
    data = bytearray((tmp_path / "mp4/a.mp4").read_bytes())
    matrix = data.index(b"tkhd") + 44  # of the track's header: how it is shown
    for turned in (False, True):
        if turned:
            data[matrix : matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)  # clockwise
            (tmp_path / "mp4/a.mp4").write_bytes(data)
        found = clips(tmp_path / "mp4", frames=3)[0]["rgb"]
        assert (np.abs(found.astype(int) - truth).max() < 60) == turned


def test_videos_that_are_too_short_are_named(tmp_path):
    movie(tmp_path / "a.mkv", frames(5))
    movie(tmp_path / "b.mkv", frames(3))
    found = video(tmp_path, "train", size=8, frames=4)
    [line] = found.remarks
    assert "1 of 2 videos left out" in line
    assert line.endswith("b.mkv")
    assert video(tmp_path, "train", size=8, frames=3).remarks == ()


def test_pictures_are_squeezed_to_a_square(tmp_path):
    folder_of_pictures(tmp_path / "a", np.repeat(frames(2), 3, axis=2))
    np.testing.assert_array_equal(clips(tmp_path, frames=2)[0]["rgb"], frames(2))


def wrong_depth(path, depth):
    folder_of_pictures(path / "a", frames(4))
    np.save(path / "a_depth.npy", depth)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "has no videos"),
        (lambda path: (path / "a.mp4").write_bytes(b"no video"), r"a.mp4: not a video, or a damaged one"),
        (lambda path: folder_of_pictures(path / "a", frames(3)), "has no video of 4 frames"),
        (lambda path: (path / "a").mkdir(), "has no video of 4 frames"),
        (lambda path: wrong_depth(path, np.ones((3, 8, 8))), "it has 4 frames, and its depth 3"),
        (lambda path: wrong_depth(path, np.ones((4, 8))), r"a_depth.npy: it is float64 \(4, 8\)"),
        (lambda path: wrong_depth(path, np.full((4, 8, 8), np.nan)), "a_depth.npy, frame 0: depth must be finite"),
        (lambda path: wrong_depth(path, -np.ones((4, 8, 8))), "depth must be finite and 0 or more"),
        (lambda path: wrong_depth(path, np.array([{}])), "a_depth.npy: no array can be read"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(tmp_path, make, words):
    make(tmp_path)
    with pytest.raises(ValueError, match=words) as failure:
        clips(tmp_path, frames=4)
    assert "\n" not in str(failure.value)


def test_depth_for_some_videos_alone_is_refused(tmp_path):
    wrong_depth(tmp_path, np.ones((4, 8, 8)))
    movie(tmp_path / "b.mkv", frames(4))
    with pytest.raises(ValueError, match=r"b.mkv has no depth beside it, and others have"):
        clips(tmp_path, frames=4)


def test_a_picture_that_is_none_is_named(tmp_path):
    folder_of_pictures(tmp_path / "a", frames(4))
    (tmp_path / "a" / "0002.png").write_bytes(png(frames(1)[0])[:40])
    with pytest.raises(ValueError, match=r"a: a picture can't be decoded"):
        clips(tmp_path, frames=4)


def test_a_video_that_is_cut_off_is_noticed(tmp_path):
    movie(tmp_path / "a.mkv", frames(40, 16, 16))
    whole = (tmp_path / "a.mkv").read_bytes()
    (tmp_path / "a.mkv").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"has no video of 40 frames"):
        clips(tmp_path, frames=40)


@pytest.mark.parametrize("options", [{"frames": 0}, {"frames": 2, "stride": -1}, {"frames": 2, "depth_scale": 0.0}])
def test_numbers_that_make_no_clips_are_refused(tmp_path, options):
    movie(tmp_path / "a.mkv", frames(2))
    with pytest.raises(ValueError, match="must be above 0"):
        clips(tmp_path, **options)


def test_a_list_of_addresses_that_calls_itself_a_video_is_not_followed(tmp_path):
    movie(tmp_path / "b.mkv", frames(4))
    (tmp_path / "a.mp4").write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(ValueError, match=r"a.mp4: not a video, or a damaged one"):
        clips(tmp_path, frames=4)


def test_without_pyav_videos_are_refused_and_folders_of_pictures_are_not(tmp_path, monkeypatch):
    folder_of_pictures(tmp_path / "a", frames(4))
    monkeypatch.setitem(sys.modules, "av", None)
    assert len(clips(tmp_path, frames=4)) == 1
    (tmp_path / "b.mp4").write_bytes(b"")
    with pytest.raises(ValueError, match=r"videos need PyAV: pip install 'bcb\[export\]'"):
        clips(tmp_path, frames=4)
