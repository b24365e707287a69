"""The parts that the models of scenes share, beside those of `slotssm.layers`; one file each."""
