#pragma once
// tests/corpus/losses.hpp: ledgers of the corpus that lost something: each reason for which an incarnation is opened,
// and in each a desktop whose file is adopted.

#include "tests/corpus/life.hpp"

namespace corpus {

/// A disk that is set back, a restored copy, a client that shows more, rotations and keys that are lost: all that a log
/// outlives.
class Keys : public Life {
 public:
    explicit Keys(const std::filesystem::path& folder);

 private:
    void set_back_under_the_first_key();
    void set_back_under_a_later_key();
    void replaced();
};

/// The log is lost, and the HSM has its key.
class LostLog : public Life {
 public:
    enum class Key { first, later };
    enum class Anchor { version_1, version_2 };
    LostLog(const std::filesystem::path& folder, Key key, Anchor anchor);
};

/// Log and key are lost together.
class LostLedger : public Life {
 public:
    explicit LostLedger(const std::filesystem::path& folder);
};

}  // namespace corpus
