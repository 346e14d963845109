/// The digits of doubles as Redis 7.2 and Valkey write them: those of Grisu2 (Florian Loitsch, "Printing
/// Floating-Point Numbers Quickly and Accurately with Integers", 2010). They always read back to the same
/// double. Of 400 doubles, about one gets more digits than it needs, or the second nearest of its
/// shortest texts; that is why these are not the digits that Swift prints.
enum Grisu {
  /// significand × 2^exponent, a 64-bit significand.
  private struct Number {
    var significand: UInt64
    var exponent: Int

    /// The same number with the highest bit of its significand set.
    var normalized: Number {
      let shift = significand.leadingZeroBitCount
      return Number(significand: significand << UInt64(shift), exponent: exponent - shift)
    }

    /// The product, rounded to 64 bits as a sum of 32-bit products is.
    static func * (a: Number, b: Number) -> Number {
      let (high, low) = a.significand.multipliedFullWidth(by: b.significand)
      return Number(
        significand: high &+ (low >> 63), exponent: a.exponent + b.exponent + 64)
    }
  }

  /// The digits of a finite value above 0 as ASCII, and the power of ten of the last of them.
  static func digits(_ value: Double) -> (digits: [UInt8], exponent: Int) {
    let isSubnormal = value.exponentBitPattern == 0
    let number = Number(
      significand: value.significandBitPattern | (isSubnormal ? 0 : 1 << 52),
      exponent: (isSubnormal ? 1 : Int(value.exponentBitPattern)) - 1075)
    // Half-way to the neighbours; the one below a power of two is nearer.
    let isPower = number.significand == 1 << 52
    let upper = Number(
      significand: number.significand << 1 + 1, exponent: number.exponent - 1
    ).normalized
    let shift: UInt64 = isPower ? 2 : 1
    let below = Number(
      significand: number.significand << shift - 1, exponent: number.exponent - Int(shift))
    let lower = Number(
      significand: below.significand << UInt64(below.exponent - upper.exponent),
      exponent: upper.exponent)
    let (power, exponent) = power(for: upper.exponent)
    let scaled = number.normalized * power
    // One less on both sides makes up for the rounding.
    var high = upper * power
    high.significand -= 1
    let low = lower * power
    var generator = Generator(
      tooFar: high.significand - low.significand - 1, wanted: high.significand - scaled.significand)
    generator.generate(high.significand, bits: UInt64(-high.exponent))
    return (generator.digits, generator.exponent - exponent)
  }

  /// Makes digits from the front until what is left is inside of the interval of numbers that read back
  /// to the value.
  private struct Generator {
    /// The width of the interval.
    var tooFar: UInt64
    /// From the upper end of the interval to the value.
    var wanted: UInt64
    var digits: [UInt8] = []
    /// The power of ten of the last digit.
    var exponent = 10

    init(tooFar: UInt64, wanted: UInt64) {
      self.tooFar = tooFar
      self.wanted = wanted
    }

    /// `upper` has so many `bits` behind its point.
    mutating func generate(_ upper: UInt64, bits: UInt64) {
      var whole = upper >> bits
      var fraction = upper & (1 << bits - 1)
      var unit: UInt64 = 1_000_000_000
      while exponent > 0 {
        append(whole / unit)
        whole %= unit
        exponent -= 1
        let rest = whole << bits + fraction
        if rest <= tooFar { return round(rest, unit: unit << bits) }
        unit /= 10
      }
      while true {
        fraction *= 10
        tooFar *= 10
        wanted = wanted &* 10
        append(fraction >> bits)
        fraction &= 1 << bits - 1
        exponent -= 1
        if fraction < tooFar { return round(fraction, unit: 1 << bits) }
      }
    }

    private mutating func append(_ digit: UInt64) {
      if digit > 0 || !digits.isEmpty { digits.append(UInt8(ascii: "0") + UInt8(digit)) }
    }

    /// Counts the last digit down as long as that comes nearer to the value.
    private mutating func round(_ rest: UInt64, unit: UInt64) {
      var rest = rest
      while rest < wanted, tooFar - rest >= unit,
        rest + unit < wanted || wanted - rest > rest + unit - wanted
      {
        digits[digits.count - 1] -= 1
        rest += unit
      }
    }
  }

  /// The power of ten that brings a number of this binary exponent, times it, to an exponent within
  /// -60...-32; with its decimal exponent.
  private static func power(for exponent: Int) -> (Number, decimal: Int) {
    // Where the search begins decides among several that would do.
    var index = (Int(-Double(exponent + 87) * 0.30102999566398114) + 348) / 8
    while true {
      let decimal = 8 * index - 348
      let binary = (decimal * 217_706) >> 16 - 63
      if exponent + binary + 64 < -60 {
        index += 1
      } else if exponent + binary + 64 > -32 {
        index -= 1
      } else {
        return (Number(significand: powers[index], exponent: binary), decimal)
      }
    }
  }

  /// The 64 highest bits, rounded, of 10^-348, 10^-340 … 10^340.
  private static let powers: [UInt64] = [
    0xfa8f_d5a0_081c_0288, 0xbaae_e17f_a23e_bf76, 0x8b16_fb20_3055_ac76, 0xcf42_894a_5dce_35ea,
    0x9a6b_b0aa_5565_3b2d, 0xe61a_cf03_3d1a_45df, 0xab70_fe17_c79a_c6ca, 0xff77_b1fc_bebc_dc4f,
    0xbe56_91ef_416b_d60c, 0x8dd0_1fad_907f_fc3c, 0xd351_5c28_3155_9a83, 0x9d71_ac8f_ada6_c9b5,
    0xea9c_2277_23ee_8bcb, 0xaecc_4991_4078_536d, 0x823c_1279_5db6_ce57, 0xc210_9436_4dfb_5637,
    0x9096_ea6f_3848_984f, 0xd774_85cb_2582_3ac7, 0xa086_cfcd_97bf_97f4, 0xef34_0a98_172a_ace5,
    0xb238_67fb_2a35_b28e, 0x84c8_d4df_d2c6_3f3b, 0xc5dd_4427_1ad3_cdba, 0x936b_9fce_bb25_c996,
    0xdbac_6c24_7d62_a584, 0xa3ab_6658_0d5f_daf6, 0xf3e2_f893_dec3_f126, 0xb5b5_ada8_aaff_80b8,
    0x8762_5f05_6c7c_4a8b, 0xc9bc_ff60_34c1_3053, 0x964e_858c_91ba_2655, 0xdff9_7724_7029_7ebd,
    0xa6df_bd9f_b8e5_b88f, 0xf8a9_5fcf_8874_7d94, 0xb944_7093_8fa8_9bcf, 0x8a08_f0f8_bf0f_156b,
    0xcdb0_2555_6531_31b6, 0x993f_e2c6_d07b_7fac, 0xe45c_10c4_2a2b_3b06, 0xaa24_2499_6973_92d3,
    0xfd87_b5f2_8300_ca0e, 0xbce5_0864_9211_1aeb, 0x8cbc_cc09_6f50_88cc, 0xd1b7_1758_e219_652c,
    0x9c40_0000_0000_0000, 0xe8d4_a510_0000_0000, 0xad78_ebc5_ac62_0000, 0x813f_3978_f894_0984,
    0xc097_ce7b_c907_15b3, 0x8f7e_32ce_7bea_5c70, 0xd5d2_38a4_abe9_8068, 0x9f4f_2726_179a_2245,
    0xed63_a231_d4c4_fb27, 0xb0de_6538_8cc8_ada8, 0x83c7_088e_1aab_65db, 0xc45d_1df9_4271_1d9a,
    0x924d_692c_a61b_e758, 0xda01_ee64_1a70_8dea, 0xa26d_a399_9aef_774a, 0xf209_787b_b47d_6b85,
    0xb454_e4a1_79dd_1877, 0x865b_8692_5b9b_c5c2, 0xc835_53c5_c896_5d3d, 0x952a_b45c_fa97_a0b3,
    0xde46_9fbd_99a0_5fe3, 0xa59b_c234_db39_8c25, 0xf6c6_9a72_a398_9f5c, 0xb7dc_bf53_54e9_bece,
    0x88fc_f317_f222_41e2, 0xcc20_ce9b_d35c_78a5, 0x9816_5af3_7b21_53df, 0xe2a0_b5dc_971f_303a,
    0xa8d9_d153_5ce3_b396, 0xfb9b_7cd9_a4a7_443c, 0xbb76_4c4c_a7a4_4410, 0x8bab_8eef_b640_9c1a,
    0xd01f_ef10_a657_842c, 0x9b10_a4e5_e991_3129, 0xe710_9bfb_a19c_0c9d, 0xac28_20d9_623b_f429,
    0x8044_4b5e_7aa7_cf85, 0xbf21_e440_03ac_dd2d, 0x8e67_9c2f_5e44_ff8f, 0xd433_179d_9c8c_b841,
    0x9e19_db92_b4e3_1ba9, 0xeb96_bf6e_badf_77d9, 0xaf87_023b_9bf0_ee6b,
  ]
}
