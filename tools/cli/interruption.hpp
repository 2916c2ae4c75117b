#pragma once
// tools/cli/interruption.hpp: long work that ends in good order when the person presses Ctrl-C.

namespace cli {

/// While it lives, SIGINT and SIGTERM are noted and do not end the process. One at a time.
class Interruption {
 public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;
    [[nodiscard]] static bool noted();
};

}  // namespace cli
