// Whatever is accepted is written again as it was.
#include "ledger/core/checkpoint.hpp"
#include "tests/fuzz/edited.hpp"

using namespace ledger;

namespace {

constexpr std::string_view sample =
    "go.sum database tree\n15067302\ngJyioq6dwR9n+NjEWORfYmH+ubeYm3kH42BBQ0bTpYI=\n\n"
    "— sum.golang.org Az3grp1rvWOs5NKlr/xR4GLN/CDyzzakmt1o61uSxYKpK1SerqOP2ClbX/peKUZjYnyomH5Xz7GZG3TpB7OeKn4E2ww=\n"
    "— test.example.com qTGhC/xIPQ0AXKHK6Y+9ypRfuvMZWPjRXM8NiOg5M1WREn07VQXyuIXM3NRNav3ieVFLUqDRK77PWDmL6w8w84UqeAw=\n";

void check(ByteView input) {
    const auto note = SignedNote::parse(as_text(input));
    if (note) ACTLEDGER_ASSERT(note->text() == as_text(input));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check({data, size});
    check(fuzz::edited(copy(as_bytes(sample)), {data, size}));
    return 0;
}
