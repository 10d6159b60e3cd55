"""The rules of the house (HACKING.md, "Layers"): who may include what."""

# Layer → the layers whose headers it may include, beside its own.
LAYERS = {
    "base": set(),
    "description": {"base"},
    "image": {"base"},
    "infer": {"base"},
    "embed": {"base", "image", "infer"},
    "stats": {"base"},
    "store": {"base"},
    "models": {"base", "description"},
    "synth": {"base"},
    "cloud": {"base", "store"},
    "pipeline": {"base", "embed", "image", "infer", "stats", "store", "models"},
}

# Public headers (include/coulis) that any layer may include: words that all of them speak.
COMMON_HEADERS = {"export", "progress", "result", "version"}

# Layer → the other public headers of its concern. None: any.
PUBLIC_HEADERS = {
    "base": set(),
    "description": {"image", "model"},
    "image": {"image"},
    "infer": {"engine", "image", "model"},
    "embed": {"embedder", "engine", "image", "model"},
    "stats": {"moments", "pca"},
    "store": {"image", "moments", "pack", "pca", "results", "storage"},
    "models": {"image", "model"},
    "synth": {"image", "synth"},
    "cloud": {"cloud"},
    "pipeline": None,
}

# What an #include <...> starts with → the parts of the tree that may say it. "cli" is the command line, "spark" the native
# side of the jar.
THIRD_PARTY = {
    "CLI/": {"cli"},
    "Eigen/": {"stats"},
    "archive": {"models", "store"},
    "curl/": {"cloud", "models", "store"},
    "arrow/": {"store"},
    "gif_lib.h": {"image"},
    "google/protobuf/": {"models"},
    "hdf5.h": {"models"},
    "jerror.h": {"image", "synth"},
    "jni.h": {"spark"},
    "jpeglib.h": {"image", "synth"},
    "nlohmann/": {"cloud", "description", "models", "pipeline", "store", "cli"},
    "onnx/": {"models"},
    "openssl/": {"base", "models"},
    "openvino/c/": {"infer"},
    "openvino/": {"models"},
    "parquet/": {"store"},
    "png.h": {"image"},
    "pugixml.hpp": {"infer", "store"},
    "webp/": {"image"},
    "zlib.h": {"image"},
}

# Headers of C, POSIX, Linux and the compiler: free for all.
SYSTEM = (
    "arpa/", "asm/", "cpuid.h", "dirent.h", "errno.h", "fcntl.h", "fnmatch.h", "immintrin.h", "arm_neon.h", "linux/", "netinet/", "poll.h",
    "pthread.h", "sched.h", "signal.h", "spawn.h", "stdio.h", "stdlib.h", "string.h", "sys/", "termios.h", "time.h",
    "unistd.h",
)

# What the core may not say: it never prints, aborts or ends the process.
FORBIDDEN_IN_CORE = {
    r"\b(?:std::)?(?:_?exit|quick_exit|abort|terminate)\s*\(": "ends the process",
    r"\bstd::(?:cout|cerr|clog|print|println)\b": "prints",
    r"\b(?:printf|puts|putchar|perror)\s*\(": "prints",
    r"\bfprintf\s*\(\s*std(?:out|err)": "prints",
}

# Budgets, in lines (95th percentile, longest).
FILE_BUDGET = (570, 900)
FUNCTION_BUDGET = (40, 100)
CMAKE_BUDGET = 560
