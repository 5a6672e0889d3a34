"""The pages of this floor: `ressources` for the registry, `prets` for the loans."""
