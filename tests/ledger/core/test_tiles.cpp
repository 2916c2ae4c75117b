#include <catch2/catch.hpp>
#include <random>

#include "ledger/core/errc.hpp"
#include "ledger/core/export_manifest.hpp"
#include "ledger/core/tile_bundle.hpp"
#include "tests/support/result_text.hpp"

// Names and contents of an export's files. C2SP tlog-tiles; docs/formats/export.md.

namespace ledger {
namespace {

TileId hashes(unsigned level, std::uint64_t index, std::uint16_t width = tile_width) {
    return {TileKind::hashes, static_cast<std::uint8_t>(level), index, width};
}

Bytes placed(std::initializer_list<std::pair<std::size_t, std::string_view>> entries) {
    PlacedBundle bundle;
    for (const auto& [place, text] : entries) bundle.append(place, as_bytes(text));
    return copy(bundle.bytes());
}

}  // namespace

TEST_CASE("tiles: paths are those of the specification's example, and those beside it are in its numbering") {
    CHECK(hashes(0, 1'234'067).path() == "tile/0/x001/x234/067");
    CHECK(hashes(1, 0, 17).path() == "tile/1/000.p/17");
    CHECK(TileId{TileKind::entries, 0, 273, 112}.path() == "tile/entries/273.p/112");
    CHECK(TileId{TileKind::heads, 0, 1'000, tile_width}.path() == "heads/x001/000");
    CHECK(TileId{TileKind::annex, 0, 999, 1}.path() == "annex/999.p/1");
}

TEST_CASE("tiles: a tree of 70,000 has the specification's tiles") {
    CHECK(tile_places(0, {70'000}) == 273 * tile_width + 112);
    CHECK(tile_places(1, {70'000}) == tile_width + 17);
    CHECK(tile_places(2, {70'000}) == 1);
    CHECK(tile_places(3, {70'000}) == 0);
    CHECK(tile_places(8, tree_size_max) == 0);
}

TEST_CASE("tiles: a path is read back as it was written, and no other spelling is", "[L10]") {
    const auto seed = std::random_device()();
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    for (int round = 0; round < 2'000; ++round) {
        TileId id{static_cast<TileKind>(random() % 4), 0, random() >> (random() % 60), 0};
        if (id.kind == TileKind::hashes) id.level = static_cast<std::uint8_t>(random() % tile_levels_max);
        if (id.index > UINT64_MAX / 1'000'000) id.index >>= 20;
        id.width = static_cast<std::uint16_t>(random() % tile_width + 1);
        CAPTURE(id.path());
        CHECK(TileId::parse(id.path()) == id);
    }
    for (const char* wrong : {"",
                              "tile",
                              "tile/",
                              "tile/0",
                              "tile/0/",
                              "tile/0/1",
                              "tile/0/0001",
                              "tile/8/000",
                              "tile/00/000",
                              "tile/0/x000/001",
                              "tile/0/x001",
                              "tile/0/x001/",
                              "tile/0/x001/01",
                              "tile/0/001/001",
                              "tile/0/000.p/0",
                              "tile/0/000.p/256",
                              "tile/0/000.p/01",
                              "tile/0/000.p/",
                              "tile/0/000.p",
                              "tile/entries/000/",
                              "/tile/0/000",
                              "tile/0/../000",
                              "heads",
                              "heads/00a",
                              "annexes/000",
                              "tile/0/-01",
                              "tile/0/000.p/1.p/1",
                              "tile/0/x999/x999/x999/x999/x999/x999/x999/999"}) {
        CAPTURE(wrong);
        CHECK(!TileId::parse(wrong));
    }
}

TEST_CASE("tiles: every cut of every file is refused, and so is what lies behind its end", "[L10]") {
    const auto refuses = [](const Bytes& whole, const auto& parse) {
        REQUIRE(parse(whole));
        for (std::size_t length = 0; length < whole.size(); ++length) {
            CAPTURE(length);
            const auto cut = parse(ByteView(whole).first(length));
            REQUIRE(!cut);
            CHECK(cut.error().code == errc::malformed_tile);
        }
        Bytes longer = whole;
        longer.push_back(0);
        CHECK(!parse(longer));
    };
    refuses(Bytes(5 * Digest::size_bytes, 7), [](ByteView bytes) { return parse_hash_tile(bytes, 5); });
    Bytes entries;
    for (const std::string_view entry : {"first", "2", "the third"}) append_entry(entries, as_bytes(entry));
    refuses(entries, [](ByteView bytes) { return parse_entry_bundle(bytes, 3); });
    CHECK(!parse_entry_bundle(entries, 2));
    CHECK(!parse_entry_bundle(entries, 4));
    refuses(placed({{0, "first"}, {3, "2"}, {255, "the third"}}),
            [](ByteView bytes) { return parse_placed_bundle(bytes, tile_width); });
    refuses(placed({}), [](ByteView bytes) { return parse_placed_bundle(bytes, 1); });
}

TEST_CASE("tiles: bundles give back what was put in") {
    Bytes bundle;
    append_entry(bundle, as_bytes("one"));
    append_entry(bundle, Bytes(65'535, 9));
    const auto entries = parse_entry_bundle(bundle, 2).value();
    CHECK(as_text(entries[0]) == "one");
    CHECK(entries[1].size() == 65'535);
    const Bytes two = placed({{4, "head"}, {9, "other"}});
    const auto found = parse_placed_bundle(two, 10).value();
    REQUIRE(found.size() == 2);
    CHECK((found[0].place == 4 && as_text(found[0].bytes) == "head"));
    CHECK((found[1].place == 9 && as_text(found[1].bytes) == "other"));
    CHECK(!parse_placed_bundle(two, 9));
}

TEST_CASE("tiles: places out of order, an empty entry and a wrong number of entries are refused", "[L10]") {
    const auto refused = [](std::initializer_list<std::uint8_t> raw) {
        const auto parsed = parse_placed_bundle(Bytes(raw), tile_width);
        return !parsed && parsed.error().code == errc::malformed_tile;
    };
    CHECK(refused({0, 2, 0, 5, 0, 1, 7, 0, 5, 0, 1, 7}));  // the same place again
    CHECK(refused({0, 2, 0, 5, 0, 1, 7, 0, 4, 0, 1, 7}));  // backwards
    CHECK(refused({0, 1, 0, 5, 0, 0}));                    // empty
    CHECK(refused({0, 1, 1, 0, 0, 1, 7}));                 // place 256
    CHECK(refused({1, 1}));                                // 257 entries
    CHECK(refused({0, 1, 0, 5, 0, 1, 7, 0, 6, 0, 1, 7}));  // two, and says one
    CHECK(!parse_entry_bundle(Bytes{0, 0}, 1));
}

TEST_CASE("export manifest: one accepted spelling", "[L10]") {
    ExportManifest manifest;
    manifest.server_id = std::string(32, 'a');
    manifest.genesis.bytes.fill(5);
    manifest.annex = ExportManifest::Annex::left_out;
    const std::string text = manifest.text();
    CHECK(text ==
          "actledger-export/1\nsuite P256-SHA256\nserver aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
          "genesis BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU=\nannex left-out\n");
    CHECK(ExportManifest::parse(text).value() == manifest);
    for (std::size_t length = 0; length < text.size(); ++length) CHECK(!ExportManifest::parse(text.substr(0, length)));
    CHECK(!ExportManifest::parse(text + "\n"));
    const auto with = [&](std::string_view from, std::string_view to) {
        std::string other = text;
        other.replace(other.find(from), from.size(), to);
        return ExportManifest::parse(other);
    };
    CHECK(with("left-out", "kept").value().annex == ExportManifest::Annex::kept);
    CHECK(with("left-out", "gone").error().code == errc::malformed_export_manifest);
    CHECK(with("export/1", "export/2").error().code == errc::export_format_unknown);
    CHECK(with("export/1", "export/01").error().code == errc::malformed_export_manifest);
    CHECK(with("P256-SHA256", "SM2-SM3").error().code == errc::export_format_unknown);
    CHECK(with("server a", "server A").error().code == errc::malformed_export_manifest);
    CHECK(with("BQU=", "BQV=").error().code == errc::malformed_export_manifest);
    CHECK(ExportManifest::parse(std::string(2'000, 'a')).error().code == errc::malformed_export_manifest);
}

}  // namespace ledger
