"""What objects look like: the names of shapes, colours and materials that worlds choose from.

A shape of size s is its unit shape times s. Unit shapes: a sphere of radius 1; a box and a cylinder (axis z) of which
each side is 2; a cone (axis z, tip up) of height 2 and base radius 1; a capsule (axis z) of length 2 and radius 0.5; an
ellipsoid of half axes 1, 0.75 and 0.5. The snitch is a sphere that bears its own name.
"""

SHAPES = ("sphere", "box", "cylinder", "capsule", "ellipsoid", "cone", "snitch")
REACH = {  # how far the unit shape reaches from its centre
    "sphere": 1.0,
    "box": 3**0.5,
    "cylinder": 2**0.5,
    "capsule": 1.0,
    "ellipsoid": 1.0,
    "cone": 2**0.5,
    "snitch": 1.0,
}
COLORS = {
    "gray": (87, 87, 87),  # from here to yellow: CLEVR's eight
    "red": (173, 35, 35),
    "blue": (42, 75, 215),
    "green": (29, 105, 20),
    "brown": (129, 74, 25),
    "purple": (129, 38, 192),
    "cyan": (41, 208, 208),
    "yellow": (255, 238, 51),
    "orange": (245, 130, 40),
    "pink": (250, 170, 200),
    "lime": (150, 215, 50),
    "teal": (10, 125, 115),
    "navy": (20, 25, 100),
    "magenta": (225, 40, 160),
    "maroon": (95, 15, 35),
    "white": (235, 235, 235),
    "gold": (255, 190, 30),
}
CLEVR = tuple(COLORS)[:8]
MATERIALS = ("rubber", "metal")
FLOOR, SKY = (165, 165, 165), (200, 205, 210)  # where no episode draws its own
