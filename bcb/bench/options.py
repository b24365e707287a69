"""Options that all benches have."""

from pathlib import Path

import click

from bcb import options as opt

rounds_option = click.option("--rounds", type=opt.POSITIVE, help="How often all is measured (5; with --quick 1).")
quick_option = click.option("--quick", is_flag=True, help="Tiny sizes, to see that it runs. The numbers say nothing.")
folder_option = click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False, exists=True), help="Where it may write meanwhile."
)
page_option = click.option(
    "--page", type=click.Path(path_type=Path, dir_okay=False), help="Also put the tables in this Markdown page."
)
threads_option = click.option("--threads", type=opt.POSITIVE, help="Of torch and the kernels; by default all cores.")
figure_option = click.option(
    "--figure", type=click.Path(path_type=Path, dir_okay=False), help="Also draw the curves, as an SVG."
)
json_option = opt.json_option
