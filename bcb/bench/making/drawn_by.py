"""What draws scenes here."""


def drawn_by() -> dict[str, str]:
    """{"OpenGL": the name of the driver or the card that draws}. Raises ValueError where nothing can."""
    from generators.scenes.episode import make_scene
    from generators.scenes.spec import SceneSpec

    make_scene(SceneSpec(frames=1), "train", 0)  # whose GL context stays the thread's current one
    from OpenGL import GL

    return {"OpenGL": (GL.glGetString(GL.GL_RENDERER) or b"unknown").decode()}
