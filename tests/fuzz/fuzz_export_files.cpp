// Whatever is accepted of an export's files is written again as it was.
#include "ledger/core/export_manifest.hpp"
#include "ledger/core/tile_bundle.hpp"
#include "tests/fuzz/edited.hpp"

using namespace ledger;

namespace {

void check_placed(ByteView input, std::size_t width) {
    const auto entries = parse_placed_bundle(input, width);
    if (!entries) return;
    PlacedBundle again;
    for (const PlacedEntry& entry : *entries) again.append(entry.place, entry.bytes);
    ACTLEDGER_ASSERT(equal(again.bytes(), input));
}

void check(ByteView input, std::size_t width) {
    if (const auto entries = parse_entry_bundle(input, width)) {
        Bytes again;
        for (const ByteView entry : *entries) append_entry(again, entry);
        ACTLEDGER_ASSERT(equal(again, input));
    }
    check_placed(input, width);
    if (const auto hashes = parse_hash_tile(input, width)) ACTLEDGER_ASSERT(hashes->size() == width);
    if (const auto id = TileId::parse(as_text(input))) ACTLEDGER_ASSERT(id->path() == as_text(input));
    if (const auto manifest = ExportManifest::parse(as_text(input))) {
        ACTLEDGER_ASSERT(manifest->text() == as_text(input));
    }
}

std::vector<Bytes> samples() {
    Bytes entries;
    for (const std::string_view entry : {"first", "2", "third"}) append_entry(entries, as_bytes(entry));
    PlacedBundle placed;
    placed.append(0, as_bytes("a head"));
    placed.append(2, as_bytes("another"));
    const ExportManifest manifest{SuiteId::p256_sha256, std::string(32, 'a'), {}, ExportManifest::Annex::kept};
    return {entries, copy(placed.bytes()), copy(as_bytes(manifest.text())),
            copy(as_bytes("tile/0/x001/x234/067.p/17"))};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t width = data[0] % 8 + 1U;
    check({data + 1, size - 1}, width);
    static const std::vector<Bytes> good = samples();
    for (const Bytes& sample : good) check(fuzz::edited(sample, {data + 1, size - 1}), 3);
    return 0;
}
