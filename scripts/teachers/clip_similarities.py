#!/usr/bin/env python3
"""Asks CLIP how alike every picture of a folder and every class are, for `teacher.similarities` (docs/methods/dho.md).

    clip_similarities.py photos/train --template "a photo of a {}." --template "a drawing of a {}." -o clip.safetensors

Below the folder lies one folder of PNG and JPEG files for each class. A class is called as its folder, with _ read as a
space, unless --names gives a file with a name a line, in the order of the folders. Several templates are averaged.
Needs: pip install open_clip_torch safetensors
"""

import argparse
import pathlib
import sys

ENDINGS = {".png", ".jpg", ".jpeg"}


def pictures_of(folder: pathlib.Path) -> list[pathlib.PurePosixPath]:
    """Paths below `folder`, in the order of their bytes: that of retort's `image_folder`."""
    found = [path.relative_to(folder) for path in folder.rglob("*") if path.suffix.lower() in ENDINGS]
    return sorted(map(lambda path: pathlib.PurePosixPath(path.as_posix()), found), key=lambda path: str(path).encode())


def classes_of(pictures: list[pathlib.PurePosixPath]) -> list[str]:
    if any(len(path.parts) < 2 for path in pictures):
        sys.exit("pictures should lie in a folder for each class")
    return sorted({path.parts[0] for path in pictures}, key=str.encode)


def names_of(classes: list[str], file: str | None) -> list[str]:
    if file is None:
        return [name.replace("_", " ") for name in classes]
    names = [line.strip() for line in pathlib.Path(file).read_text(encoding="utf-8").splitlines() if line.strip()]
    if len(names) != len(classes):
        sys.exit(f"{file}: has {len(names)} names; there are {len(classes)} folders")
    return names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--template", action="append", help='such as "a photo of a {}."; may be given several times')
    parser.add_argument("--names")
    parser.add_argument("--model", default="ViT-B-32")
    parser.add_argument("--pretrained", default="openai")
    parser.add_argument("--batch-size", type=int, default=64)
    given = parser.parse_args()

    pictures = pictures_of(given.folder)
    if not pictures:
        sys.exit(f"{given.folder}: holds no PNG or JPEG")
    classes = classes_of(pictures)
    names = names_of(classes, given.names)
    templates = given.template or ["a photo of a {}."]

    import open_clip
    import torch
    from PIL import Image
    from safetensors.torch import save_file

    model, _, prepare = open_clip.create_model_and_transforms(given.model, pretrained=given.pretrained)
    tokenize = open_clip.get_tokenizer(given.model)
    model = model.float().eval()
    with torch.no_grad():
        prompts = [model.encode_text(tokenize([template.format(name) for template in templates])) for name in names]
        embeddings = []
        for first in range(0, len(pictures), given.batch_size):
            batch = pictures[first : first + given.batch_size]
            images = [prepare(Image.open(given.folder / path).convert("RGB")) for path in batch]
            embeddings.append(model.encode_image(torch.stack(images)))
            print(f"\r{first + len(batch)} of {len(pictures)} pictures", end="", file=sys.stderr)
    print(file=sys.stderr)
    numbers = {name: number for number, name in enumerate(classes)}
    save_file(
        {
            "embeddings": torch.cat(embeddings).contiguous(),
            "prototypes": torch.stack(prompts).contiguous(),
            "labels": torch.tensor([numbers[path.parts[0]] for path in pictures], dtype=torch.int64),
        },
        given.output,
    )


if __name__ == "__main__":
    main()
