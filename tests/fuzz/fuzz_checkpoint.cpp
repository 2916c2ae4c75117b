// Whatever is accepted is written again as it was, the note and the body in it.
#include "ledger/core/checkpoint.hpp"
#include "tests/fuzz/edited.hpp"

using namespace ledger;

namespace {

constexpr std::string_view sample =
    "abcdefghijklmnopqrstuvwxyz234567/12\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— abcdefghijklmnopqrstuvwxyz234567/12 wNI9ajBEAiBkLzdjY8A9HReU7rmtjwZ+JpSuYtEr9SmvSwUIW7FBjgIgKo+vhkW3tqc+gc8fw9gz"
    "a3xLoncA8a+MTaJYCaLGA9c=\n";

void check(ByteView input) {
    const auto checkpoint = SignedCheckpoint::parse(as_text(input));
    if (!checkpoint) return;
    ACTLEDGER_ASSERT(checkpoint->note.text() == as_text(input));
    ACTLEDGER_ASSERT(checkpoint->checkpoint.body() == checkpoint->note.body);
    ACTLEDGER_ASSERT(Origin::parse(checkpoint->checkpoint.origin.text()).value() == checkpoint->checkpoint.origin);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check({data, size});
    check(fuzz::edited(copy(as_bytes(sample)), {data, size}));
    return 0;
}
