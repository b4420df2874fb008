#include "symbols/debugfile/uncompress.h"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <climits>
#include <functional>
#include <memory>
#include <string_view>

namespace knowhy::symbols {
namespace {

// What a decoder may take for its own dictionaries: more than `xz -9` and `zstd --ultra -22` need.
constexpr uint64_t kDecoderMemory = 256UL * 1024 * 1024;

enum class Step : uint8_t { More, Done, Damaged };

// One decoder's way to say the same thing: take from `in`, put into `out`, both moved forward.
using Decode = std::function<Step(std::span<const uint8_t>& in, std::span<uint8_t>& out)>;

Result<size_t> run(const Decode& decode, std::string_view name, std::span<const uint8_t> in,
                   std::span<uint8_t> room) {
    std::span<uint8_t> out = room;
    while (true) {
        const size_t in_left = in.size();
        const size_t out_left = out.size();
        const Step step = decode(in, out);
        if (step == Step::Damaged) return fail(ErrorKind::Usage, "damaged {} data", name);
        if (step == Step::Done) return room.size() - out.size();
        if (in.size() != in_left || out.size() != out_left) continue;
        // A decoder that neither takes nor gives lacks room, or input that is not there.
        if (out.empty()) {
            return fail(ErrorKind::Usage, "comes to more than {} bytes uncompressed", room.size());
        }
        return fail(ErrorKind::Usage, "{} data that ends too early", name);
    }
}

Result<size_t> unxz(std::span<const uint8_t> in, std::span<uint8_t> room) {
    lzma_stream stream = LZMA_STREAM_INIT;
    if (lzma_stream_decoder(&stream, kDecoderMemory, 0) != LZMA_OK) {
        return fail(ErrorKind::System, "no memory for the xz decoder");
    }
    const std::unique_ptr<lzma_stream, void (*)(lzma_stream*)> owner(&stream, lzma_end);
    const Decode decode = [&](std::span<const uint8_t>& from, std::span<uint8_t>& to) {
        stream.next_in = from.data();
        stream.avail_in = from.size();
        stream.next_out = to.data();
        stream.avail_out = to.size();
        const lzma_ret ret = lzma_code(&stream, LZMA_RUN);
        from = from.last(stream.avail_in);
        to = to.last(stream.avail_out);
        if (ret == LZMA_STREAM_END) return Step::Done;
        return ret == LZMA_OK || ret == LZMA_BUF_ERROR ? Step::More : Step::Damaged;
    };
    return run(decode, "xz", in, room);
}

Result<size_t> unzstd(std::span<const uint8_t> in, std::span<uint8_t> room) {
    const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(),
                                                                     ZSTD_freeDCtx);
    if (!context) return fail(ErrorKind::System, "no memory for the zstd decoder");
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 27);
    const Decode decode = [&](std::span<const uint8_t>& from, std::span<uint8_t>& to) {
        ZSTD_inBuffer input{from.data(), from.size(), 0};
        ZSTD_outBuffer output{to.data(), to.size(), 0};
        const size_t ret = ZSTD_decompressStream(context.get(), &output, &input);
        from = from.subspan(input.pos);
        to = to.subspan(output.pos);
        if (ZSTD_isError(ret) != 0) return Step::Damaged;
        return ret == 0 ? Step::Done : Step::More;
    };
    return run(decode, "zstd", in, room);
}

Result<size_t> gunzip(std::span<const uint8_t> in, std::span<uint8_t> room) {
    z_stream stream{};
    constexpr int kGzipWrapper = 16;
    if (inflateInit2(&stream, kGzipWrapper + MAX_WBITS) != Z_OK) {
        return fail(ErrorKind::System, "no memory for the gzip decoder");
    }
    const std::unique_ptr<z_stream, int (*)(z_stream*)> owner(&stream, inflateEnd);
    const Decode decode = [&](std::span<const uint8_t>& from, std::span<uint8_t>& to) {
        const auto give = static_cast<uInt>(std::min<size_t>(from.size(), UINT_MAX));
        const auto take = static_cast<uInt>(std::min<size_t>(to.size(), UINT_MAX));
        stream.next_in = const_cast<Bytef*>(from.data());  // zlib only reads it
        stream.avail_in = give;
        stream.next_out = to.data();
        stream.avail_out = take;
        const int ret = inflate(&stream, Z_NO_FLUSH);
        from = from.subspan(give - stream.avail_in);
        to = to.subspan(take - stream.avail_out);
        if (ret == Z_STREAM_END) return Step::Done;
        return ret == Z_OK || ret == Z_BUF_ERROR ? Step::More : Step::Damaged;
    };
    return run(decode, "gzip", in, room);
}

bool starts_with(std::span<const uint8_t> file, std::string_view magic) {
    return file.size() >= magic.size() &&
           std::equal(magic.begin(), magic.end(), file.begin(),
                      [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
}

}  // namespace

Compression compression_of(std::span<const uint8_t> file) {
    using namespace std::string_view_literals;
    if (starts_with(file,
                    "\xfd"
                    "7zXZ\0"sv)) {
        return Compression::Xz;
    }
    if (starts_with(file, "\x28\xb5\x2f\xfd"sv)) return Compression::Zstd;
    if (starts_with(file, "\x1f\x8b"sv)) return Compression::Gzip;
    return Compression::None;
}

Result<size_t> uncompress(Compression how, std::span<const uint8_t> file, std::span<uint8_t> room) {
    switch (how) {
        case Compression::Xz:
            return unxz(file, room);
        case Compression::Zstd:
            return unzstd(file, room);
        case Compression::Gzip:
            return gunzip(file, room);
        case Compression::None:
            break;
    }
    return fail(ErrorKind::Internal, "not compressed");
}

}  // namespace knowhy::symbols
