"""What is known of the genetics of a leukaemia: karyotype, variants, disease class, clonal evolution."""
